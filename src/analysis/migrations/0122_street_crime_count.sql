-- What maps show, counted once at the import: crimes by the point of the street to which the publisher moves them. Counted again where a month changes.
create table street_crime_count (
    latitude double precision not null,      -- WGS 84 degrees
    longitude double precision not null,     -- WGS 84 degrees
    month text not null,                     -- 2025-06
    force text not null,                     -- who reported it
    location text not null,                  -- On or near Long Gate; empty where the file names no street
    crimes bigint not null,                  -- a crime id counts once, a row without one is an incident of its own
    primary key (latitude, longitude, month, force)
);
create index street_crime_count_month on street_crime_count (month, force);
insert into street_crime_count (latitude, longitude, month, force, location, crimes)
select latitude, longitude, month, force, max(location),
       count(distinct case when crime_id <> '' then crime_id end) + sum(case when crime_id = '' then 1 else 0 end)
  from recorded_crime
 where latitude is not null
 group by latitude, longitude, month, force;
