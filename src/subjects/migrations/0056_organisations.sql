-- Organisations: who they are, how to reach them, and who belongs to them.

-- One organisation as it stands, folded from its stream.
create table organisation (
    stream bigint primary key,        -- the organisation's stream
    name text not null,               -- as it calls itself
    kind text not null,               -- code of organisation_kinds
    phone text not null,              -- normal form; empty where unknown
    email text not null,              -- lower case; empty where unknown
    address text not null,            -- one line; empty where unknown
    postcode text not null,           -- normal form; empty where unknown
    note text not null,               -- what else to know: opening hours, whom to ask for
    until_day text not null,          -- ISO day on which it ended; empty while it stands
    folded text not null,             -- the name for finding the same one again
    version bigint not null           -- events folded
);
create index organisation_folded on organisation (folded);

-- A person's part in an organisation; shown only to those who may know the person.
create table organisation_member (
    stream bigint not null,           -- the organisation
    id text not null,                 -- the item's id
    person bigint not null,           -- the person's stream
    role text not null,               -- code of organisation_roles
    since text not null,              -- ISO day; empty where not known
    until_day text not null,          -- ISO day on which it ended; empty while it stands
    words text not null,              -- job title, or what else to know
    primary key (stream, id)
);
create index organisation_member_person on organisation_member (person);
