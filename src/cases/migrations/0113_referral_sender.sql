-- Who sent a report and when, to see when one sender sends too many at once. Those that are held for it have a state of their own: quarantined, or set_aside.
alter table referral add column sender bigint not null default 0;  -- the user, 0 where an operator imported a file
alter table referral add column sent_at bigint not null default 0; -- micros, when it was recorded
update referral set sender = (select e.actor from event e where e.stream = referral.stream and e.version = 1),
                    sent_at = (select e.recorded_at from event e where e.stream = referral.stream and e.version = 1);
create index referral_sender on referral (sender, sent_at);
