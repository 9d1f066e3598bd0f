-- Idempotency keys: an answer belongs to the credential that was given it, not to all its person's.
-- A key with scopes would else be told what another of theirs had done.

-- Nobody has the nil credential: a request repeated across this upgrade is done anew.
alter table tenant.idempotency_keys
    add column credential_id uuid not null default '00000000-0000-0000-0000-000000000000',
    drop constraint idempotency_keys_pkey,
    add primary key (tenant_id, credential_id, key);

create index idempotency_keys_user_id on tenant.idempotency_keys (tenant_id, user_id);

-- Led by no tenant, for the purge; timezone() is not leakproof, so no plane's query reaches it.
drop index tenant.idempotency_keys_created_at;
create index idempotency_keys_created_at
    on tenant.idempotency_keys ((created_at at time zone 'UTC'));

comment on column tenant.idempotency_keys.credential_id is
    'Who was answered. Outlives the credential, by a day at most.';
