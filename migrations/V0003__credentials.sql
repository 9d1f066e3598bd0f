-- Credentials: what proves a principal. Only the SHA-256 of a token is stored; tokens carry
-- 256 random bits, so a slow hash would add cost and no strength.

create table platform.credentials (
    id uuid primary key default platform.uuid_v7(),
    kind text not null,
    hash bytea not null,
    user_id uuid not null,
    tenant_id uuid,
    name text not null,
    scopes text[],
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    constraint credentials_hash_unique unique (hash),
    constraint credentials_user_id_exists foreign key (user_id) references platform.users (id),
    constraint credentials_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    constraint credentials_kind_known check (kind in ('session', 'api_key')),
    constraint credentials_hash_sha256 check (octet_length(hash) = 32),
    constraint credentials_tenant_id_bound check ((kind = 'api_key') = (tenant_id is not null)),
    constraint credentials_name_not_blank check (name ~ '\S'),
    constraint credentials_name_length check (length(name) <= 200),
    constraint credentials_scopes_length check (cardinality(scopes) between 1 and 100),
    constraint credentials_expires_at_range
        check (expires_at > created_at and expires_at <= created_at + interval '366 days')
);

create index credentials_user_id on platform.credentials (user_id);
create index credentials_tenant_id on platform.credentials (tenant_id, id);

comment on table platform.credentials is 'What proves a principal: a session or an API key.';
comment on column platform.credentials.kind is
    'A session chooses a tenant at each request; an api_key is bound to one.';
comment on column platform.credentials.hash is 'SHA-256 of the token, which is not stored.';
comment on column platform.credentials.scopes is
    'Permissions this credential may use at most; null means all its user holds.';

-- Apart, narrow and written in batches: a request must not rewrite the credential's row.
create table platform.credential_uses (
    credential_id uuid primary key,
    last_used_at timestamptz not null,
    constraint credential_uses_credential_id_exists foreign key (credential_id)
        references platform.credentials (id) on delete cascade
) with (fillfactor = 80);

comment on table platform.credential_uses is 'When a credential was last used, to some seconds.';

alter table platform.credentials enable row level security;
alter table platform.credentials force row level security;
alter table platform.credential_uses enable row level security;
alter table platform.credential_uses force row level security;
