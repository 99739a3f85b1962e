-- What administrators and users need to see of sessions, tokens and passwords; none of it is a projection.

alter table session add column from_address text not null default '';   -- network address of the sign-in
alter table session add column agent text not null default '';          -- what the browser called itself at sign-in
alter table api_token add column made_at bigint not null default 0;     -- micros
alter table api_token add column title text not null default '';        -- what its owner calls it
alter table preference add column single_keys integer not null default 1;   -- 1: single-letter shortcuts are on

-- A link with which a user sets a password once.
create table password_link (
    token_hash text primary key,      -- SHA-256 of the link's token
    user_seq bigint not null,         -- whose password
    made_by bigint not null,          -- the administrator
    ends_at bigint not null           -- micros
);
create index password_link_whose on password_link (user_seq);
