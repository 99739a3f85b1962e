-- What became of a report: the fold of its events, as JSON (stage, open, forms, marks, clocks, links, decided).
alter table referral add column status text not null default '{}'; -- JSON
