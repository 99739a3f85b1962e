-- The reports of a case, found when the case is restricted: they follow it.
create index referral_case on referral (case_stream) where case_stream <> 0;
