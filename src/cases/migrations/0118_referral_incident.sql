-- The incident that a report tells of: where, when, and which report it repeats. A projection of streams of kind "referral", for places and repeat flags.
create table referral_incident (
    stream bigint primary key,         -- the referral's stream
    reference text not null,           -- R-2026-000123
    place bigint not null,             -- the place's stream, 0 where none
    incident_day text not null,        -- ISO day in London on which it happened, as far as it was said; else the day of receipt
    contact_day text not null,         -- ISO day in London on which the report came
    behaviour text not null,           -- codes of the kinds of behaviour, separated by spaces
    self_declared integer not null,    -- 1 where the person says that it was not the first time
    reporter_harmed integer not null,  -- 1 where who reports is the person harmed
    duplicate_of bigint not null,      -- the report that it repeats, 0 where it is no duplicate
    dropped text not null              -- reason of "no action": not_asb civil_matter out_of_area insufficient malicious; empty for others
);
