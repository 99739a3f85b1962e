-- What a place needs to be found again and known: a projection of its stream, like the columns that were there.
alter table place add column locality text not null default '';       -- town, or the hub's name where only words were given
alter table place add column match_key text not null default '';      -- places with the same key are one place, unless property number or position speak against it
alter table place add column position text not null default '';       -- where easting and northing come from: given, postcode; empty where there are none
alter table place add column premises text not null default '';       -- code: home, shop, licensed, school ...; empty where unknown
alter table place add column managed_by text not null default '';     -- who runs it, words
alter table place add column access_note text not null default '';    -- what to know before a visit, words
alter table place add column version bigint not null default 0;       -- events folded
create index place_match on place (match_key);
create index place_uprn on place (uprn);
