-- Which repeat alerts a user has marked as read: his own only, never in the ledger. An alert comes back when another incident joins its flag.
create table alert_seen (
    user_seq bigint not null,         -- who
    subject bigint not null,          -- the person or place of the flag
    flag text not null,               -- code of the flag: repeat_victim
    mark text not null,               -- which incidents made it then: their number and the newest one's name
    at bigint not null,               -- micros
    primary key (user_seq, subject, flag)
);
