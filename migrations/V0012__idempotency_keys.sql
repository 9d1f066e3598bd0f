-- Idempotency keys: the answers already given, so that a retry repeats the answer, not the effect.

create table tenant.idempotency_keys (
    tenant_id uuid not null,
    user_id uuid not null,
    key text not null,
    fingerprint bytea not null,
    status integer not null,
    headers jsonb not null,
    body text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id, key),
    constraint idempotency_keys_user_id_exists foreign key (tenant_id, user_id)
        references tenant.members (tenant_id, user_id) on delete cascade,
    constraint idempotency_keys_key_length check (length(key) between 1 and 255),
    constraint idempotency_keys_fingerprint_sha256 check (octet_length(fingerprint) = 32)
);

create index idempotency_keys_created_at on tenant.idempotency_keys (created_at);

comment on table tenant.idempotency_keys is 'The answer given to a request, for a day.';
comment on column tenant.idempotency_keys.fingerprint is 'SHA-256 of the request it answered.';
comment on column tenant.idempotency_keys.headers is 'Those of the answer that a retry repeats.';

alter table tenant.idempotency_keys enable row level security;
alter table tenant.idempotency_keys force row level security;
