-- SCIM directories: a tenant's identity providers that provision its people, and whom they did.

create table tenant.scim_directories (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    connection_id uuid,
    role_id uuid not null,
    hash bytea not null,
    state text not null default 'active',
    token_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '366 days',
    last_used_at timestamptz,
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint scim_directories_name_unique unique (tenant_id, name),
    constraint scim_directories_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    constraint scim_directories_connection_id_exists foreign key (tenant_id, connection_id)
        references tenant.connections (tenant_id, id) on delete set null (connection_id),
    constraint scim_directories_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint scim_directories_name_not_blank check (name ~ '\S'),
    constraint scim_directories_name_length check (length(name) <= 200),
    constraint scim_directories_hash_sha256 check (octet_length(hash) = 32),
    constraint scim_directories_state_known check (state in ('active', 'disabled')),
    constraint scim_directories_expires_at_range
        check (expires_at > token_at and expires_at <= token_at + interval '366 days')
);

create index scim_directories_connection_id on tenant.scim_directories (tenant_id, connection_id);
create index scim_directories_role_id on tenant.scim_directories (tenant_id, role_id);
-- Led by no tenant, for whoever comes with a token; encode() is not leakproof, so no plane's query
-- reaches it.
create index scim_directories_hash on tenant.scim_directories (encode(hash, 'hex'));

comment on table tenant.scim_directories is 'What may provision a tenant''s people by SCIM.';
comment on column tenant.scim_directories.connection_id is
    'The OpenID provider by which the same people sign in.';
comment on column tenant.scim_directories.role_id is 'What those get whom no group gives another.';
comment on column tenant.scim_directories.hash is 'SHA-256 of the token, which is not stored.';
comment on column tenant.scim_directories.state is
    'One that is disabled opens nothing, and leaves whom it provisioned as they are.';
comment on column tenant.scim_directories.token_at is 'When the token was made.';
comment on column tenant.scim_directories.last_used_at is 'To some minutes.';

create table tenant.scim_users (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    directory_id uuid not null,
    user_id uuid not null,
    user_name text not null,
    external_id text,
    work_email text,
    display_name text,
    active boolean not null default true,
    resource jsonb not null,
    made boolean not null,
    joined boolean not null,
    blocked boolean not null default false,
    role_id uuid not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint scim_users_user_id_unique unique (tenant_id, user_id, directory_id),
    constraint scim_users_directory_id_exists foreign key (tenant_id, directory_id)
        references tenant.scim_directories (tenant_id, id) on delete cascade,
    constraint scim_users_user_id_exists foreign key (tenant_id, user_id)
        references tenant.members (tenant_id, user_id) on delete cascade,
    constraint scim_users_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint scim_users_user_name_length check (length(user_name) between 1 and 320),
    constraint scim_users_external_id_length check (length(external_id) <= 500),
    constraint scim_users_work_email_length check (length(work_email) <= 320),
    constraint scim_users_display_name_length check (length(display_name) <= 200),
    constraint scim_users_resource_object check (jsonb_typeof(resource) = 'object'),
    constraint scim_users_resource_length check (length(resource::text) <= 32768)
);

create unique index scim_users_user_name_unique
    on tenant.scim_users (tenant_id, directory_id, lower(user_name));
create index scim_users_external_id on tenant.scim_users (tenant_id, directory_id, external_id);
create index scim_users_work_email
    on tenant.scim_users (tenant_id, directory_id, lower(work_email));
create index scim_users_role_id on tenant.scim_users (tenant_id, role_id);

comment on table tenant.scim_users is 'A member as a directory tells of them.';
comment on column tenant.scim_users.external_id is
    'What the directory calls them: text, and never one of our ids.';
comment on column tenant.scim_users.active is
    'The directory''s word; an admin''s is the member''s.';
comment on column tenant.scim_users.resource is 'All that the directory said, to be answered.';
comment on column tenant.scim_users.made is 'Their user was made for this directory.';
comment on column tenant.scim_users.joined is 'They became a member by this directory.';
comment on column tenant.scim_users.blocked is
    'It was this directory that deactivated the member: it may undo that, and nothing else.';
comment on column tenant.scim_users.role_id is
    'The role that the directory gave: while they have that one, it may give another.';

alter table tenant.scim_directories enable row level security;
alter table tenant.scim_directories force row level security;
alter table tenant.scim_users enable row level security;
alter table tenant.scim_users force row level security;
