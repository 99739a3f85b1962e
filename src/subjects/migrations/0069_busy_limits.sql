-- How many incidents within a year make a place one of the busiest (hub-casework section 9): a number over everything there is, worked out once a day.
create table busy_limit (
    flag text not null primary key,   -- the rule's code
    on_day text not null,             -- ISO day for which it was worked out
    least bigint not null             -- so many incidents or more
);
-- All incidents of a kind within a year are counted by what they touched.
drop index incident_day;
create index incident_day on incident (subject_kind, on_day, subject);
