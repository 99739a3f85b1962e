-- Who there is: agencies, hubs, users (projections of streams of those kinds); who sees what (derived); sessions and tokens (neither).

-- Agencies: projections of streams of kind "agency".
create table agency (
    stream bigint primary key,        -- the agency's stream
    code text not null unique,        -- nyc_cs
    name text not null,               -- North Yorkshire Council, Community Safety
    kind text not null,               -- source_agency code of hub-casework 3.1 in lower case: la_cs, pol, rp ...
    ended text                        -- ISO day, none while it exists
);

-- Hubs: teams of several agencies for one part of the area.
create table hub (
    stream bigint primary key,        -- the hub's stream
    code text not null unique,        -- scarborough
    name text not null,               -- Scarborough
    ended text                        -- ISO day, none while it exists
);

-- People who sign in.
create table app_user (
    stream bigint primary key,        -- the user's stream
    email text not null unique,       -- lower case; what is typed at sign-in
    name text not null,               -- as shown
    agency bigint not null,           -- the agency's stream
    roles text not null,              -- codes, separated by spaces
    hubs text not null,               -- hubs' streams, separated by spaces
    password_hash text not null,      -- argon2id; empty where the user cannot sign in with a password
    demonstration integer not null,   -- 1: only from loopback
    disabled integer not null         -- 1: may not sign in; sessions end at once
);

-- How each of them likes pages to look; no event.
create table preference (
    user_seq bigint primary key,      -- whose
    theme text not null,              -- light dark auto
    density text not null             -- compact comfortable
);

-- Groups that a user belongs to, by a compact number.
create table principal (
    -- sqlite:
    id integer primary key autoincrement,   -- the number
    -- postgresql:
    id bigserial primary key,               -- the number
    -- both:
    kind text not null,               -- user agency hub agency_in_hub role body
    name text not null,               -- "12", "12:3", "analyst"
    unique (kind, name)
);

-- Who may read what, materialised; the keys that lists sort by stand beside it. Derived by the owning feature.
create table visibility (
    principal bigint not null,        -- the group
    record_kind text not null,        -- case, referral
    is_open integer not null,         -- 1 while the record is open
    next_due bigint not null,         -- micros; 9223372036854775807 where nothing is due
    opened_at bigint not null,        -- micros
    record bigint not null,           -- the record's stream
    until_day text not null,          -- last ISO day on which it holds; 9999-12-31 where it has no end
    because text not null,            -- the rule: hub_team, lead_agency_in_hub, task, named ...
    primary key (record, principal)
);
create index visibility_due on visibility (principal, record_kind, is_open, next_due, record, until_day);
create index visibility_opened on visibility (principal, record_kind, opened_at, record, is_open, until_day);

-- Which records involve which person, place or organisation. Derived by the owning feature of the record.
create table involved (
    subject bigint not null,          -- the person, place or organisation
    record bigint not null,           -- the case or referral
    record_kind text not null,        -- case, referral
    role text not null,               -- code
    primary key (subject, record, role)
);
create index involved_record on involved (record);

-- Which agency first recorded a person, place or organisation.
create table owned (
    subject bigint primary key,       -- the person, place or organisation
    agency bigint not null            -- the agency's stream
);

-- Who is signed in; no event. The cookie's value itself is kept nowhere.
create table session (
    token_hash text primary key,      -- SHA-256 of the cookie's value
    user_seq bigint not null,         -- whose
    csrf text not null,               -- token of its forms
    made_at bigint not null,          -- micros
    seen_at bigint not null,          -- micros, at most a minute old
    ends_at bigint not null           -- micros
);
create index session_whose on session (user_seq);

-- Tokens of programs; the token itself is kept nowhere.
create table api_token (
    token_hash text primary key,      -- SHA-256 of the token
    user_seq bigint not null,         -- whose
    may_write integer not null,       -- 0: reading only
    ends_at bigint not null           -- micros
);

-- Failed sign-ins of late: the next ones wait longer.
create table sign_in_attempt (
    who text not null,                -- e-mail typed, or network address
    at bigint not null                -- micros; failed ones only
);
create index sign_in_attempt_who on sign_in_attempt (who, at);

-- Where the access log lies in the main database (PostgreSQL), or in a database of its own (SQLite).
create table read_log (
    -- sqlite:
    id integer primary key autoincrement,   -- order
    -- postgresql:
    id bigserial primary key,               -- order
    -- both:
    at bigint not null,               -- micros
    user_seq bigint not null,         -- who looked
    agency bigint not null,           -- for which agency
    purpose text not null,            -- code
    route text not null,              -- pattern
    query text not null,              -- words of a search, filter of a list
    thing_kind text not null,         -- case, person, list, search
    things text not null,             -- streams, separated by spaces
    reason text not null,             -- typed, for restricted records
    chain text not null               -- SHA-256 of the row before and this one
);

-- The same by the thing that was looked at.
create table read_log_thing (
    thing bigint not null,            -- the stream looked at
    read_id bigint not null,          -- the row of read_log
    primary key (thing, read_id)
);
