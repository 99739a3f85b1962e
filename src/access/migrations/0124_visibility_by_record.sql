-- SQLite keeps what stands beside a record's key in the key's own tree: one tree less to write, and no second look for each row that is read.
-- sqlite:
-- Who may read what, materialised; the keys that lists sort by stand beside it. Derived by the owning feature.
create table visibility_by_record (
    principal bigint not null,        -- the group
    record_kind text not null,        -- case, referral
    is_open integer not null,         -- 1 while the record is open
    next_due bigint not null,         -- micros; 9223372036854775807 where nothing is due
    opened_at bigint not null,        -- micros
    record bigint not null,           -- the record's stream
    until_day text not null,          -- last ISO day on which it holds; 9999-12-31 where it has no end
    because text not null,            -- the rule: hub_team, lead_agency_in_hub, task, named ...
    primary key (record, principal)
) without rowid;
insert into visibility_by_record select principal, record_kind, is_open, next_due, opened_at, record, until_day, because from visibility order by record, principal;
drop table visibility;
alter table visibility_by_record rename to visibility;
create index visibility_due on visibility (principal, record_kind, is_open, next_due, record, until_day);
create index visibility_opened on visibility (principal, record_kind, opened_at, record, is_open, until_day);

-- Which records involve which person, place or organisation. Derived by the owning feature of the record.
create table involved_by_subject (
    subject bigint not null,          -- the person, place or organisation
    record bigint not null,           -- the case or referral
    record_kind text not null,        -- case, referral
    role text not null,               -- code
    primary key (subject, record, role)
) without rowid;
insert into involved_by_subject select subject, record, record_kind, role from involved order by subject, record, role;
drop table involved;
alter table involved_by_subject rename to involved;
create index involved_record on involved (record);
-- both:
