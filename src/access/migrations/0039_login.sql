-- A short name to sign in by, for users that come from a system that had one.
alter table app_user add column login text not null default '';   -- lower case; empty where the e-mail address alone is used
create unique index app_user_login on app_user (login) where login <> '';
