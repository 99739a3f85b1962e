-- Addresses from which somebody has signed in: what strangers try from elsewhere does not keep them out there. Hashes, no addresses.
create table sign_in_address (
    who text primary key, -- hash of the account and the address
    at bigint not null    -- the last time, microseconds
);
