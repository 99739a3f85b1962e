-- Counted up whenever a user, an agency or a hub changes, so that a server may keep in memory who its users are.
create table actor_epoch (
    id integer primary key,           -- 1
    value bigint not null             -- changes so far
);
insert into actor_epoch (id, value) values (1, 0);
