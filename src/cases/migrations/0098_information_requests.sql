-- Requests for information, for the list of the agency that was asked.
create table information_request (
    stream bigint not null,           -- the record's stream
    id text not null primary key,     -- UUIDv7
    holder bigint not null,           -- the agency that was asked
    asker bigint not null,            -- the agency that asks
    asked_for text not null,          -- words; empty where they were erased
    due text,                         -- ISO day
    state text not null,              -- sent acknowledged query disclosed part refused no_trace withdrawn
    sent_at bigint not null           -- micros
);
create index information_request_holder on information_request (holder, state, due);
create index information_request_stream on information_request (stream);
