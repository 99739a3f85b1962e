-- Cases: records on any pathway. case_record, case_state, entry, task, clock_run, involvement and field_value are projections of one stream each.

-- The counters behind references; not a projection: a number is used once and never again.
create table reference_counter (
    prefix text not null,             -- HC, R
    year integer not null,            -- London year of the opening
    last_number bigint not null,      -- how many were given
    primary key (prefix, year)
);

-- Settings of this database that no one edits: the key of the reference permutation.
create table case_setting (
    name text primary key,            -- reference_key
    value text not null               -- hex
);

-- A record on a pathway as lists see it.
create table case_record (
    stream bigint primary key,        -- the record's stream
    reference text not null unique,   -- HC-2026-000123
    pathway text not null,            -- name of the definition
    pathway_version integer not null, -- the version that it was opened under
    title text not null,              -- words; never a person's full name; a tombstone after erasure
    hub bigint not null,              -- the owning hub's stream
    stage text not null,              -- folded from the events
    is_open integer not null,         -- 1 while the stage is an open one
    lead_user bigint not null,        -- the lead officer's stream, 0 where none
    lead_agency bigint not null,      -- the lead agency's stream, 0 where none
    handling text not null,           -- official, official_sensitive
    restriction text not null,        -- normal, restricted, locked
    risk_level text not null,         -- level of the latest assessment, empty before one
    opened_at bigint not null,        -- micros
    closed_at bigint not null,        -- micros, 0 while open
    next_due bigint not null,         -- micros: the soonest end of its running clocks and open tasks; 9223372036854775807 where none
    version bigint not null           -- events folded
);
create index case_record_hub on case_record (hub, is_open, next_due);
create index case_record_lead on case_record (lead_user, is_open, next_due);

-- The whole record as one JSON document, folded from its events; what a case page reads.
create table case_state (
    stream bigint primary key,        -- the record's stream
    body text not null                -- JSON, see case_state.hpp
);

-- One thing written on a record: a note, a contact, a decision, an incident, a change of stage.
create table entry (
    stream bigint not null,           -- the record's stream
    version bigint not null,          -- the event's version
    kind text not null,               -- note contact decision incident stage form task document request person
    at bigint not null,               -- micros: when it is true of the world
    recorded_at bigint not null,      -- micros
    by_user bigint not null,          -- who wrote it
    by_agency bigint not null,        -- for which agency
    summary text not null,            -- one line by Concord, without personal data
    words text not null,              -- what was typed; empty where nothing was, or erased
    detail text not null,             -- JSON of codes: channel, outcome, with whom
    primary key (stream, version)
);

-- Tasks, for lists over cases.
create table task (
    stream bigint not null,           -- the record's stream
    id text not null primary key,     -- UUIDv7
    title text not null,              -- words
    agency bigint not null,           -- who is to do it
    owner bigint not null,            -- the person, 0 where the agency has not named one
    due text,                         -- ISO day
    state text not null,              -- proposed assigned accepted declined done verified cancelled
    high integer not null,            -- 1 where it treats a high risk
    raised_at bigint not null         -- micros
);
create index task_owner on task (owner, state, due);
create index task_agency on task (agency, state, due);
create index task_stream on task (stream);

-- Clocks, for lists over cases.
create table clock_run (
    stream bigint not null,           -- the record's or the referral's stream
    id text not null,                 -- the clock's id in the definition
    started bigint not null,          -- micros
    due bigint,                       -- micros: the end of the due day in London
    ended bigint,                     -- micros
    state text not null,              -- running paused met late stopped
    primary key (stream, id, started)
);

-- Who and what a record is about.
create table involvement (
    stream bigint not null,           -- the record's or the referral's stream
    id text not null primary key,     -- UUIDv7
    subject bigint not null,          -- person, place or organisation
    subject_kind text not null,       -- person place organisation
    role text not null,               -- codes of hub-casework 3.4
    since bigint not null,            -- micros
    ended bigint                      -- micros; rows are ended, not deleted
);
create index involvement_subject on involvement (subject, stream);
create index involvement_stream on involvement (stream);

-- Typed answers that lists, searches and measures use: a new field needs no migration.
create table field_value (
    stream bigint not null,           -- the record's stream
    form text not null,               -- form id
    field text not null,              -- field id
    ordinal integer not null,         -- of several values (codes), from 0
    text_value text,                  -- of text and codes
    number_value double precision,    -- of numbers
    day_value text,                   -- of dates, ISO
    primary key (stream, form, field, ordinal)
);
create index field_value_field on field_value (field, text_value);

-- Drafts: what somebody typed and has not sent; his own only, never in the ledger.
create table draft (
    user_seq bigint not null,         -- whose
    form_key text not null,           -- the page's path and form
    body text not null,               -- the fields, urlencoded
    saved_at bigint not null,         -- micros
    primary key (user_seq, form_key)
);

-- When a user last looked at a record, for "new since you were here".
create table last_seen (
    user_seq bigint not null,         -- who
    stream bigint not null,           -- what
    version bigint not null,          -- the newest version that he has marked as read
    at bigint not null,               -- micros
    primary key (user_seq, stream)
);
