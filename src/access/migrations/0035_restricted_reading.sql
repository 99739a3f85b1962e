-- Looking at a restricted record needs a typed reason, once a session and record.

-- Which records are restricted, and how.
create table record_restriction (
    record bigint primary key,        -- the record's stream; no row where it is not restricted. Derived by the owning feature
    restriction text not null         -- restricted, locked
);

-- The reasons that were typed.
create table read_reason (
    session text not null,            -- SHA-256 of the session's cookie
    record bigint not null,           -- the record's stream
    reason text not null,             -- as typed; also in the access log, with each read
    used_at bigint not null,          -- micros, at most a minute old
    primary key (session, record)
);
