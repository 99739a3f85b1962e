-- Definitions that this database works by. A projection of the streams of kind "pathway": one stream a pathway, one row a version.
create table pathway_definition (
    stream bigint not null,           -- the pathway's stream
    name text not null,               -- hub_asb
    version integer not null,         -- of the definition
    hash text not null,               -- SHA-256 of its canonical text
    files text not null,              -- JSON: path -> text, of the pathway
    common text not null,             -- JSON: path -> text, of pathways/common as it was
    in_force text not null,           -- ISO day
    primary key (name, version)
);
