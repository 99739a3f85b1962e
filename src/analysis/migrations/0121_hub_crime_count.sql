-- What hub pages show, counted once at the import: a page reads a few dozen rows and not the month. Counted again where areas or a month change.
create table hub_crime_count (
    month text not null,                     -- 2025-06
    hub text not null,                       -- the hub's code; empty where the area is unknown or belongs to no hub
    force text not null,                     -- who reported it
    crime_type text not null,                -- Burglary
    crimes bigint not null,                  -- a crime id counts once, a row without one is an incident of its own
    primary key (month, hub, force, crime_type)
);
