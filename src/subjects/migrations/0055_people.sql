-- People in full: one document a person, with the columns that lists and matching need beside it.

alter table person add column middle_names text not null default '';      -- names between first and last
alter table person add column birth text not null default '';             -- date of birth as far as it is known: 1987, 1987-11 or 1987-11-03
alter table person add column birth_estimated bigint not null default 0;  -- 1: told or guessed, not seen on a paper
alter table person add column sex text not null default '';               -- code of sexes; empty where not recorded

-- Person state: a projection, see the columns.
create table person_state (
    stream bigint primary key,        -- the person's stream
    body text not null                -- JSON: names, identifiers, contact points and rules, addresses, as folded from the events
);

-- Decisions of people: these two are not the same. Stands with the stream in which it was said.
drop table person_distinct;
-- Person not same: a projection, see the columns.
create table person_not_same (
    stream bigint not null,           -- the person in whose stream it was said
    other bigint not null,            -- the person it is not
    primary key (stream, other)
);
create index person_not_same_other on person_not_same (other);

-- Relationship: a projection, see the columns.
create table relationship (
    stream bigint not null,           -- the person in whose stream it was recorded
    id text not null,                 -- the item's id
    other bigint not null,            -- the person to whom the first is what kind says
    kind text not null,               -- code of relationship_kinds: the first is parent_of the other
    since text not null,              -- ISO day; empty where not known
    until_day text not null,          -- ISO day on which it ended; empty while it stands
    words text not null,              -- what else is known of it
    primary key (stream, id)
);
create index relationship_other on relationship (other);
