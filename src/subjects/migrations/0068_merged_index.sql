-- Everybody merged into a record is asked for whenever flags are worked out: by an index of those few alone.
create index person_merged_into on person (merged_into) where merged_into is not null;
