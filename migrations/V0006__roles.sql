-- Roles: named sets of permissions, each tenant's own. Built-in ones are copies of one template.

create table tenant.roles (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    description text not null default '',
    builtin boolean not null default false,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint roles_name_unique unique (tenant_id, name),
    constraint roles_tenant_id_exists foreign key (tenant_id) references platform.tenants (id),
    constraint roles_name_format check (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
    constraint roles_description_length check (length(description) <= 1000)
);

comment on table tenant.roles is
    'A named set of permissions; built-in ones belong to the template.';

-- The one table that says what a role may do; policies and app.can() both read it. A role held
-- tenant-wide uses its rows of level tenant, one held in a workspace those of level workspace.
create table tenant.role_permissions (
    tenant_id uuid not null,
    role_id uuid not null,
    level text not null,
    permission text not null,
    primary key (tenant_id, role_id, level, permission),
    constraint role_permissions_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id) on delete cascade,
    constraint role_permissions_permission_exists foreign key (permission)
        references platform.permissions (name),
    constraint role_permissions_level_known check (level in ('tenant', 'workspace'))
);

comment on table tenant.role_permissions is 'What a role may do: the one table that decides.';
comment on column tenant.role_permissions.level is
    'tenant where the role is held tenant-wide, workspace where it is held in one.';

alter table tenant.roles enable row level security;
alter table tenant.roles force row level security;
alter table tenant.role_permissions enable row level security;
alter table tenant.role_permissions force row level security;
