-- Open data about where things lie. A snapshot that an import replaces whole, with one event; only area_dataset and hub_boundary are projections.

-- Sets of areas, each with the day of its boundaries.
create table area_dataset (
    stream bigint primary key,        -- the import's stream, of kind "area_dataset"
    title text not null,              -- what it is
    licence text not null,            -- Open Government Licence v3.0
    attribution text not null,        -- the line that the licence asks for
    sha256 text not null,             -- over all its files
    files text not null,              -- JSON: [{name, sha256, rows, boundary_day}]
    imported_at bigint not null       -- micros
);

-- Areas of a set.
create table area (
    kind text not null,               -- district, council, ward, lsoa21
    code text not null,               -- of the Office for National Statistics: E07000168
    boundary_day text not null,       -- ISO day that the shape is of
    name text not null,               -- Scarborough
    parent text not null,             -- code of the area it lies in, empty for none
    local_name text not null,         -- what people call it, empty where it is not known
    residents bigint,                 -- census 2021, where known
    deprivation_decile integer,       -- Indices of Deprivation 2025, 1 the most deprived; where known
    west double precision not null,   -- bounds of the shape, British National Grid metres
    south double precision not null,  -- metres
    east double precision not null,   -- metres
    north double precision not null,  -- metres
    shape text not null,              -- rings in whole metres, see areas.hpp: to_compact
    primary key (kind, code, boundary_day)
);
create index area_west on area (kind, west);

-- Postcodes and where they lie.
create table postcode (
    postcode text primary key,        -- normal form: YO11 1NX
    quality integer not null,         -- of the position: 10 the building, 50 near it, 90 none
    easting double precision,         -- British National Grid metres; null with quality 90
    northing double precision,        -- British National Grid metres; null with quality 90
    ward text not null,               -- code, empty where unknown
    lsoa text not null                -- code of 2021, empty where unknown
);

-- Streets, places and numbered roads by name; one that crosses areas has a row for each.
create table street (
    folded text not null,             -- for finding: street_key of the name
    lsoa text not null,               -- code of 2021
    kind text not null,               -- street, place, road-number
    name text not null,               -- as written
    easting double precision not null,  -- a point on it, British National Grid metres
    northing double precision not null, -- metres
    primary key (folded, lsoa, kind, name)
);

-- Which hub works which area from when to when; a projection of the hub's stream. A hub that is split or moved keeps its past here.
create table hub_boundary (
    stream bigint not null,           -- the hub's stream
    area_kind text not null,          -- district, ward ...
    area_code text not null,          -- E07000168
    since text not null,              -- first ISO day; 0001-01-01 where the beginning is not known
    until text not null,              -- first ISO day on which it does not hold any more; 9999-12-31 where it has no end
    primary key (stream, area_kind, area_code, since)
);
create index hub_boundary_area on hub_boundary (area_kind, area_code);
