-- Referrals: one report from one source. A projection of streams of kind "referral".
create table referral (
    stream bigint primary key,        -- the referral's stream
    reference text not null unique,   -- R-2026-000123
    hub bigint not null,              -- the receiving hub's stream
    state text not null,              -- received triage accepted redirected duplicate awaiting_info no_action
    channel text not null,            -- code of hub-casework 3.1
    source_agency text not null,      -- code of hub-casework 3.1
    source_ref text not null,         -- the sender's own number, empty where none
    received_at bigint not null,      -- micros
    behaviour text not null,          -- codes b01 to b24, separated by spaces
    decision text not null,           -- of triage, empty before
    case_stream bigint not null,      -- the case it was accepted into, 0 where none
    ongoing integer not null,         -- 1 where it was going on when reported
    body text not null,               -- JSON as received
    narrative text not null,          -- words
    version bigint not null           -- events folded
);
create index referral_source on referral (source_agency, source_ref);
