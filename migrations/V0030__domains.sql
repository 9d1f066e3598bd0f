-- Domains: which e-mail domains a tenant claims, and which tenant has proved that it owns one.

create table tenant.domains (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    state text not null default 'pending',
    problem text,
    mode text not null default 'off',
    role_id uuid not null,
    -- 160 of its bits; each of the two holds 122 random ones.
    token text not null default left(encode(sha256(
        uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex'), 40),
    record_until date not null default (now() at time zone 'UTC')::date + 365,
    proved_at timestamptz,
    checked_at timestamptz,
    asked_at timestamptz,
    due_at timestamptz,
    failures integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint domains_name_unique unique (tenant_id, name),
    constraint domains_tenant_id_exists foreign key (tenant_id) references platform.tenants (id),
    constraint domains_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint domains_name_format check (name ~
        '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    constraint domains_name_length check (length(name) <= 253),
    constraint domains_state_known check (state in ('pending', 'verified', 'disputed', 'lapsed')),
    constraint domains_problem_known check (problem in ('record_missing', 'record_wrong',
        'record_expired', 'record_alias', 'dns_failed', 'dnssec_bogus', 'name_refused')),
    constraint domains_mode_known check (mode in ('off', 'invite', 'request', 'auto')),
    constraint domains_failures_range check (failures >= 0)
);

create index domains_role_id on tenant.domains (tenant_id, role_id);
-- Led by no tenant, for whoever asks DNS; timezone() is not leakproof, so no plane's query
-- reaches it.
create index domains_due_at on tenant.domains ((due_at at time zone 'UTC'));

comment on table tenant.domains is 'An e-mail domain that a tenant claims: exactly this name.';
comment on column tenant.domains.name is 'In lower case, as an A-label where it is not ASCII.';
comment on column tenant.domains.state is
    'disputed: its record is right, and another tenant holds the name. lapsed: it was verified.';
comment on column tenant.domains.problem is 'Why the last look at DNS proved nothing.';
comment on column tenant.domains.mode is 'What becomes of a person who logs in with its address.';
comment on column tenant.domains.role_id is 'What those who join by it get.';
comment on column tenant.domains.token is
    'Made here, and this claim''s alone; published, so no secret.';
comment on column tenant.domains.record_until is
    'The day that the record is to name. A record whose day is over proves nothing.';
comment on column tenant.domains.asked_at is 'When somebody last wanted it to be looked at.';
comment on column tenant.domains.due_at is 'When to look at DNS next; null is never.';
comment on column tenant.domains.failures is 'Looks in a row that proved nothing.';

-- Who holds a name. Global, so that of two tenants who prove the same name one alone can have it.
create table platform.domains (
    name text primary key,
    tenant_id uuid not null,
    domain_id uuid not null,
    proved_at timestamptz not null default now(),
    constraint domains_domain_id_exists foreign key (tenant_id, domain_id)
        references tenant.domains (tenant_id, id) on delete cascade
);

create index domains_domain_id on platform.domains (tenant_id, domain_id);

comment on table platform.domains is 'Which tenant has proved that it owns a domain.';

alter table tenant.domains enable row level security;
alter table tenant.domains force row level security;
alter table platform.domains enable row level security;
alter table platform.domains force row level security;
