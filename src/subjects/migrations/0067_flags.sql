-- Repeat flags: hub-casework section 9. flag_rule is a projection of the stream "flag_rules"; incident and repeat_flag are derived.

-- Rules of the repeat flags.
create table flag_rule (
    stream bigint not null,           -- the stream of kind "flag_rules"
    flag text not null,               -- repeat_victim chronic_victim repeat_caller repeat_suspect repeat_location
    in_force text not null,           -- first ISO day
    body text not null,               -- JSON of the rule row
    primary key (flag, in_force)
);

-- Whom and what an incident or a contact touched, as the record that tells it has it. Replaced whole for a record whenever it changes.
create table incident (
    subject bigint not null,          -- the person, place or organisation
    record bigint not null,           -- the referral or case that tells of it
    entry bigint not null,            -- the case's event version; 0 for a referral
    role text not null,               -- the subject's part: victim, suspected, reporter, incident ...
    subject_kind text not null,       -- person place organisation
    what text not null,               -- the incident's identity: one that was told twice counts once
    on_day text not null,             -- ISO day in London on which it happened
    contact_day text not null,        -- ISO day on which it was told; empty where this row is no contact
    dropped text not null,            -- the reason of "no action", which may make it no incident; empty for others
    similar_to text not null,         -- behaviour codes and the case, separated by spaces
    self_declared integer not null,   -- 1 where the person says that it was not the first
    record_kind text not null,        -- referral case
    reference text not null,          -- the record's reference
    primary key (subject, record, entry, role)
);
create index incident_record on incident (record);
create index incident_day on incident (subject_kind, on_day);

-- When a flag holds, over all incidents there are. What a reader is shown is worked out again from those that he may read.
create table repeat_flag (
    subject bigint not null,          -- the person (of merged ones the one pointed to) or place
    flag text not null,               -- code
    holds_from text not null,         -- first ISO day
    holds_until text not null,        -- last ISO day, if no further incident comes
    incidents text not null,          -- identities of the incidents that made it, separated by spaces
    primary key (subject, flag, holds_from)
);
create index repeat_flag_until on repeat_flag (flag, holds_until);
