-- Tenants: the isolated customers, an organization or one person's personal account.

create table platform.tenants (
    id uuid primary key default platform.uuid_v7(),
    kind text not null default 'organization',
    slug text not null,
    name text not null,
    state text not null default 'active',
    region text not null default 'default',
    settings jsonb not null default '{}',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenants_slug_unique unique (slug),
    constraint tenants_kind_known check (kind in ('organization', 'personal')),
    constraint tenants_slug_format check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    constraint tenants_name_not_blank check (name ~ '\S'),
    constraint tenants_name_length check (length(name) <= 200),
    constraint tenants_state_known check (state in ('active', 'suspended', 'closing')),
    constraint tenants_region_format check (region ~ '^[a-z0-9-]{1,40}$'),
    constraint tenants_settings_object check (jsonb_typeof(settings) = 'object'),
    constraint tenants_settings_length check (octet_length(settings::text) <= 65536)
);

comment on table platform.tenants is 'One row an isolated customer.';
comment on column platform.tenants.kind is 'An organization, or one person''s own account.';
comment on column platform.tenants.slug is
    'DNS label a caller may use instead of the id. Never changes and is never used again, so that '
    'caches of it can not go stale.';
comment on column platform.tenants.state is
    'active; suspended by the operator; closing by the owner: only an active one can be entered.';
comment on column platform.tenants.settings is
    'The tenant''s own; the platform reads nothing of it.';

alter table platform.tenants enable row level security;
alter table platform.tenants force row level security;
