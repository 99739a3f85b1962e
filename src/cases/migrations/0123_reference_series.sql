-- References are numbered by the store's series, whose numbers PostgreSQL gives out without holding a row until the commit.
insert into series (name, last) select prefix || '-' || year, last_number from reference_counter;
drop table reference_counter;
