-- A case that is offered to another hub waits there for an answer.
alter table case_record add column offered_hub bigint not null default 0;  -- the hub that it is offered to, 0 where there is no offer
create index case_record_offered on case_record (offered_hub) where offered_hub <> 0;
