-- People and places: projections of streams of kinds "person" and "place", personal values from the events' payloads.

-- People: a projection of streams of kind "person".
create table person (
    stream bigint primary key,        -- the person's stream
    given_name text not null,         -- first names
    family_name text not null,        -- last names
    date_of_birth text,               -- ISO day
    phone text not null,              -- normal form, +44...; empty where unknown
    email text not null,              -- lower case; empty where unknown
    address text not null,            -- one line; empty where unknown
    postcode text not null,           -- normal form; empty where unknown
    safe_to_contact text not null,    -- yes, no, not_known: with anything but yes nothing is ever sent
    contact_note text not null,       -- when and how it is safe
    merged_into bigint,               -- the person this record points to; nothing moves
    version bigint not null           -- events folded
);
create index person_merged on person (merged_into);

-- Keys that bring candidates together; derived from the person's own rows.
create table person_key (
    kind text not null,               -- family_birth, phone, email, given_birth, family_postcode
    value text not null,              -- folded
    person bigint not null,           -- the person's stream
    primary key (kind, value, person)
);
create index person_key_person on person_key (person);

-- Decisions of people: these two are not the same.
create table person_distinct (
    low bigint not null,              -- the smaller stream of the two
    high bigint not null,             -- the larger
    primary key (low, high)
);

-- Places: a projection of streams of kind "place".
create table place (
    stream bigint primary key,        -- the place's stream
    text text not null,               -- as people write it: "14 Trafalgar Court"
    postcode text not null,           -- normal form; empty where unknown
    uprn text not null,               -- Unique Property Reference Number; empty where unknown
    easting double precision,         -- British National Grid, metres
    northing double precision,        -- British National Grid, metres
    folded text not null              -- for finding the same place again
);
create index place_folded on place (folded, postcode);
create index place_postcode on place (postcode);
