-- The access log is one chain a running server: rows of one node follow each other, its first row follows the newest row there was.
alter table read_log add column node text not null default '';   -- UUIDv7 of the running server that wrote it; empty in rows of before
