-- Connections: a tenant's own OpenID providers, by which its people sign in.

create table tenant.connections (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    issuer text not null,
    client_id text not null,
    client_secret bytea,
    state text not null default 'draft',
    is_open boolean not null default false,
    activated_by uuid,
    role_id uuid not null,
    tested_at timestamptz,
    test_problem text,
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint connections_name_unique unique (tenant_id, name),
    constraint connections_issuer_unique unique (tenant_id, issuer, client_id),
    constraint connections_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    constraint connections_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint connections_name_not_blank check (name ~ '\S'),
    constraint connections_name_length check (length(name) <= 200),
    constraint connections_issuer_length check (length(issuer) between 1 and 500),
    constraint connections_client_id_length check (length(client_id) between 1 and 500),
    constraint connections_client_secret_length check (octet_length(client_secret) <= 4096),
    constraint connections_state_known check (state in ('draft', 'active', 'disabled')),
    constraint connections_test_problem_length check (length(test_problem) <= 100)
);

create index connections_role_id on tenant.connections (tenant_id, role_id);

comment on table tenant.connections is 'An OpenID provider of a tenant''s own.';
comment on column tenant.connections.name is 'What its people know it as.';
comment on column tenant.connections.issuer is 'As its tokens spell it.';
comment on column tenant.connections.client_secret is
    'Sealed by the service for this row alone; null for a public client.';
comment on column tenant.connections.state is
    'By a draft nobody signs in yet; by a disabled one nobody any more.';
comment on column tenant.connections.is_open is
    'Whoever the provider knows comes in; else people of the tenant''s own domains, and whom a '
    'rule names.';
comment on column tenant.connections.activated_by is
    'Who put it to use: by it nobody becomes, unasked, somebody who may do what they could not.';
comment on column tenant.connections.role_id is 'What those get whom no rule gives another.';
comment on column tenant.connections.tested_at is 'When it was last tested as it stands.';
comment on column tenant.connections.test_problem is 'What that test found; null is nothing.';

-- Which of its people get which role: by what the provider says of them.
create table tenant.connection_roles (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    connection_id uuid not null,
    claim text not null,
    value text not null,
    role_id uuid not null,
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint connection_roles_value_unique unique (tenant_id, connection_id, claim, value),
    constraint connection_roles_connection_id_exists foreign key (tenant_id, connection_id)
        references tenant.connections (tenant_id, id) on delete cascade,
    constraint connection_roles_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint connection_roles_claim_length check (length(claim) between 1 and 200),
    constraint connection_roles_value_length check (length(value) between 1 and 500)
);

create index connection_roles_role_id on tenant.connection_roles (tenant_id, role_id);

comment on table tenant.connection_roles is
    'Whoever has this value in this claim gets this role: of several that fit, the first made.';

alter table tenant.connections enable row level security;
alter table tenant.connections force row level security;
alter table tenant.connection_roles enable row level security;
alter table tenant.connection_roles force row level security;

-- Which tenant's connection a login is of, so that no other's row of the same id is ever meant.
alter table platform.identities
    add column tenant_id uuid,
    add constraint identities_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    add constraint identities_tenant_id_bound check (
        (tenant_id is null) = (connection_id = '00000000-0000-0000-0000-000000000000')),
    drop constraint identities_subject_unique,
    add constraint identities_subject_unique
        unique nulls not distinct (tenant_id, connection_id, issuer, subject);
create index identities_tenant_id on platform.identities (tenant_id, connection_id);
comment on column platform.identities.tenant_id is
    'Whose connection it is of; null for the platform''s own issuers.';
