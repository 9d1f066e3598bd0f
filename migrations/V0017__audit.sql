-- Audit: what happened, written by the database in the transaction in which it happened.
--
-- An event names nobody: a person is a pseudonym, random in each tenant. What names them, or was
-- theirs, stands beside it and can be erased; the event stays.
--
-- No checks: only functions of the database write here, in every transaction that changes anything,
-- and Postgres reads a check's text anew each time.

create table audit.events (
    tenant_id uuid not null,
    id uuid not null,
    xid xid8 not null default pg_current_xact_id(),
    seq bigint generated always as identity (cache 32),
    schema_version smallint not null default 1,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    actor_type text not null,
    actor uuid,
    agent_id uuid,
    credential_id uuid,
    db_role text not null,
    action text not null,
    outcome text not null,
    resource_type text not null,
    resource_id uuid,
    workspace_id uuid,
    subject uuid,
    changed_columns text[],
    request_id text,
    trace_id text,
    span_id text,
    route text,
    app_version text,
    policy_version bytea not null,
    primary key (tenant_id, id)
) partition by range (id);

comment on table audit.events is
    'What happened, by whom, to what. Appended by functions of the database only, never changed.';
comment on column audit.events.tenant_id is
    'Whose history it is part of; nil for the platform''s own.';
comment on column audit.events.id is
    'UUIDv7: partitions are ranges of it, which makes them ranges of time.';
comment on column audit.events.xid is 'For the sealer: no plane reads it, for it counts everybody.';
comment on column audit.events.seq is 'Order within a transaction. No plane reads it either.';
comment on column audit.events.occurred_at is 'When its transaction began.';
comment on column audit.events.recorded_at is 'The clock when it was written.';
comment on column audit.events.actor is 'Pseudonym of who acted; null for none in a context.';
comment on column audit.events.db_role is 'session_user, which no client can choose.';
comment on column audit.events.subject is 'Pseudonym of whom it was done to, if somebody else.';
comment on column audit.events.changed_columns is 'Of an update; null for anything else.';
comment on column audit.events.policy_version is
    'SHA-256 of the policies in force: audit.policy_versions has their text.';
create table audit.event_pii (
    tenant_id uuid not null,
    event_id uuid not null,
    person uuid not null,
    content text not null,
    primary key (tenant_id, event_id, person)
) partition by range (event_id);

create index event_pii_person on audit.event_pii (tenant_id, person);

comment on table audit.event_pii is
    'What an event says that could name a person: values, address, reason. Erased with them.';
comment on column audit.event_pii.person is 'Pseudonym of whom it belongs to.';
comment on column audit.event_pii.content is
    'JSON as it was written, byte for byte: no hash of it depends on how a server writes jsonb.';

-- Its own schema, that it may have backups of its own, shorter than those of what it opens.
create table keystore.pseudonyms (
    tenant_id uuid not null,
    user_id uuid not null,
    pseudonym uuid not null default gen_random_uuid(),
    salt bytea not null default sha256(uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id),
    constraint pseudonyms_pseudonym_unique unique (tenant_id, pseudonym),
    constraint pseudonyms_salt_length check (octet_length(salt) = 32)
);

comment on table keystore.pseudonyms is
    'Who a pseudonym is, and the salt of what is committed to of them. Gone with the person.';
comment on column keystore.pseudonyms.user_id is 'Nil for what belongs to the tenant itself.';

create table audit.policy_versions (
    version bytea primary key,
    policies text not null,
    first_at timestamptz not null default now(),
    constraint policy_versions_version_sha256
        check (version = sha256(convert_to(policies, 'UTF8')))
);

comment on column audit.policy_versions.version is 'SHA-256 of their text.';
comment on column keystore.pseudonyms.salt is
    'Random: hides what is committed to from whoever would guess it.';
comment on table audit.policy_versions is 'The text of the policies that were ever in force.';

alter table audit.events enable row level security;
alter table audit.events force row level security;
alter table audit.event_pii enable row level security;
alter table audit.event_pii force row level security;
alter table audit.policy_versions enable row level security;
alter table audit.policy_versions force row level security;
alter table keystore.pseudonyms enable row level security;
alter table keystore.pseudonyms force row level security;
