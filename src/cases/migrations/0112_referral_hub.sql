-- The queue of a hub: what waits there, and since when.
create index referral_hub on referral (hub, state, received_at);
