-- Code lists, dated rules and calendars: projections of the streams of kinds code_list, rule and calendar. Nothing is ever deleted, only ended.

-- Code list: a projection, see the columns.
create table code_list (
    stream bigint primary key,        -- the list's stream
    name text not null unique,        -- behaviour_types
    title text not null,              -- Kind of behaviour
    source text not null,             -- where it comes from
    mark text not null,               -- source gk cfg: how sure it is
    version bigint not null           -- of the stream: what ETag says, and what tells a node to read again
);

-- Code entry: a projection, see the columns.
create table code_entry (
    stream bigint not null,           -- the list's stream
    code text not null,               -- b01
    place bigint not null,            -- order in the list, from 1
    hint text not null,               -- a line of help
    score double precision,           -- points, where the list scores
    from_day text,                    -- first ISO day on which it is offered; none: always
    until_day text,                   -- ISO day from which it is not offered any more; none: it goes on
    mark text not null,               -- source gk cfg
    source text not null,             -- where this entry comes from; empty: as the list
    confirmed_by bigint not null,     -- the user who entered or confirmed it; 0: it came with Concord's files
    confirmed_at bigint not null,     -- micros
    primary key (stream, code)
);

-- Code label: a projection, see the columns.
create table code_label (
    stream bigint not null,           -- the list's stream
    code text not null,               -- the entry
    from_day text not null,           -- ISO day from which the label holds; empty: from the beginning
    label text not null,              -- what people read
    primary key (stream, code, from_day)
);

-- Dated rule: a projection, see the columns.
create table dated_rule (
    stream bigint primary key,        -- the rule's stream
    key text not null unique,         -- hub_asb.triage
    rule_group text not null,         -- hub_asb
    group_title text not null,        -- Anti-social behaviour: hub cases
    title text not null,              -- Triage decision
    key_date text not null,           -- in words, which day picks the row
    version bigint not null           -- of the stream
);

-- Rule row: a projection, see the columns.
create table rule_row (
    stream bigint not null,           -- the rule's stream
    from_day text not null,           -- ISO day from which it holds; empty: as far back as anybody asks
    amount double precision not null, -- 10
    unit text not null,               -- working_days days months hours count pence percent
    source text not null,             -- law, guidance or decision
    mark text not null,               -- source gk cfg
    why text not null,                -- why it was changed, in the words of whoever did
    withdrawn integer not null,       -- 1: taken back before it began
    confirmed_by bigint not null,     -- the user who entered or confirmed it; 0: it came with Concord's files
    confirmed_at bigint not null,     -- micros
    primary key (stream, from_day)
);

-- Calendar: a projection, see the columns.
create table calendar (
    stream bigint primary key,        -- the calendar's stream
    name text not null unique,        -- england
    title text not null,              -- Bank holidays in England
    source text not null,             -- where it comes from
    mark text not null,               -- source gk cfg
    version bigint not null           -- of the stream
);

-- Calendar day: a projection, see the columns.
create table calendar_day (
    stream bigint not null,           -- the calendar's stream
    on_day text not null,             -- ISO day on which nobody works
    title text not null,              -- Good Friday
    source text not null,             -- the proclamation, where it is not the calendar's own source
    mark text not null,               -- source gk cfg
    withdrawn integer not null,       -- 1: it is a working day after all
    confirmed_by bigint not null,     -- the user who entered or confirmed it; 0: it came with Concord's files
    confirmed_at bigint not null,     -- micros
    primary key (stream, on_day)
);
