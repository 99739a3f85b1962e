-- The truth: streams, their events, the words of events, signed heads, kept answers. Nothing here is a projection.

-- One stream a record, a person, a meeting, a plan. Its seq is the compact key of every other table.
create table stream (
    -- sqlite:
    seq integer primary key autoincrement,   -- ascending in the order of creation, never reused
    -- postgresql:
    seq bigserial primary key,               -- ascending in the order of creation, never reused
    -- both:
    id text not null unique,                 -- UUIDv7
    kind text not null,                      -- case, person, referral ...
    version bigint not null,                 -- of the newest event, 0 before the first
    head_hash text not null                  -- of the newest event, hex
);

-- What happened: the envelope is never personal; the chain holds only the salted hash of the payload.
create table event (
    -- sqlite:
    position integer primary key autoincrement,   -- order of writing on this engine
    -- postgresql:
    position bigserial primary key,               -- drawn before the commit: not the order of commits
    -- both:
    stream bigint not null,                  -- its stream
    version bigint not null,                 -- 1, 2, 3 ... in its stream
    kind text not null,                      -- cases.opened
    recorded_at bigint not null,             -- micros
    effective_at bigint not null,            -- micros: when it is true of the world
    actor bigint not null,                   -- the user's stream, 0 for Concord itself
    agency bigint not null,                  -- for which agency
    purpose text not null,                   -- code
    envelope text not null,                  -- canonical JSON
    payload_hash text not null,              -- SHA-256 of salt and payload, hex; empty where there is no payload
    hash text not null,                      -- of all above and of the event before, hex
    unique (stream, version)
);

-- Words and identities; erasure deletes the row, and the chain still holds.
create table event_payload (
    stream bigint not null,                  -- its stream
    version bigint not null,                 -- its event
    salt text not null,                      -- hex
    body text not null,                      -- canonical JSON
    primary key (stream, version)
);

-- Heads of the Merkle tree over event hashes, signed once a minute; agencies keep copies.
create table sealed_head (
    size bigint primary key,                 -- events in the tree
    position bigint not null,                -- of the last event in it
    root text not null,                      -- hex
    sealed_at bigint not null,               -- micros
    public_key text not null,                -- Ed25519, hex
    signature text not null,                 -- over "size|root|sealed_at", hex
    peaks text not null                      -- JSON: hashes of the full subtrees, largest first, so that the tree goes on without reading it again
);

-- First answers to requests that carried an Idempotency-Key, in the write's own transaction.
create table kept_answer (
    user_seq bigint not null,                -- whose request
    route text not null,                     -- method and pattern
    idempotency_key text not null,           -- as sent
    request_hash text not null,              -- SHA-256 of the body, hex
    status integer not null,                 -- of the answer
    headers text not null,                   -- JSON
    body text not null,                      -- as answered
    at bigint not null,                      -- micros
    primary key (user_seq, route, idempotency_key)
);
