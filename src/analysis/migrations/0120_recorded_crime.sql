-- Open data of the police: what the newest file said of a force's month. A snapshot that an import replaces, not a projection of events.

-- One line of a street-level crime file. Lines without a crime id are incidents of their own, however alike; a crime id may stand on several lines.
create table recorded_crime (
    source bigint not null,                  -- the import's stream
    line bigint not null,                    -- where the row stands in its file, the header is 1
    crime_id text not null,                  -- the publisher's, hex; empty for anti-social behaviour
    month text not null,                     -- 2025-06; there is no day
    force text not null,                     -- who reported it: North Yorkshire Police
    falls_within text not null,              -- the force in whose area it is, as the file says
    longitude double precision,              -- WGS 84 degrees, moved by the publisher to a point of the street; null where unknown
    latitude double precision,               -- WGS 84 degrees
    location text not null,                  -- On or near Long Gate; empty where the file names no street
    lsoa text not null,                      -- code of the Lower Layer Super Output Area (2011 or 2021 edition); empty where unknown
    lsoa_name text not null,                 -- with the old district's name, which is not to be counted by
    crime_type text not null,                -- Burglary
    outcome text not null,                   -- last outcome category; empty where there is none
    context text not null,                   -- the publisher's remark, nearly always empty
    primary key (source, line)
);
create index recorded_crime_month on recorded_crime (month, force);
create index recorded_crime_place on recorded_crime (latitude, longitude);

-- Which file a force's month came from last: what has no row here was never imported, which is not the same as no crime.
create table crime_snapshot (
    force text not null,                     -- who reported it
    month text not null,                     -- 2025-06
    source bigint not null,                  -- the stream of the newest import
    row_count bigint not null,               -- rows kept
    crimes bigint not null,                  -- a repeated crime id counted once
    sha256 text not null,                    -- of the file's text, hex
    imported_at bigint not null,             -- micros
    primary key (force, month)
);
create index crime_snapshot_month on crime_snapshot (month);

-- The hub of an area. Codes of both editions of the areas stand here, since files of before 2022 use those of 2011.
create table lsoa_hub (
    lsoa text primary key,                   -- E01027568
    hub text not null                        -- the hub's code: craven
);
