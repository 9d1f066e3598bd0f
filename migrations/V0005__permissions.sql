-- Permissions: the names a role may hold and what a share lets its receiver do. Reference data,
-- filled from sql/permissions.sql; the same for every tenant.

create table platform.permissions (
    name text primary key,
    levels text[] not null,
    description text not null,
    constraint permissions_name_format check (name ~ '^[a-z_]+\.[a-z]+$'),
    constraint permissions_levels_known
        check (levels <@ array['tenant', 'workspace'] and cardinality(levels) > 0)
);

comment on table platform.permissions is 'Every permission there is, by name.';
comment on column platform.permissions.levels is 'Where a role may hold it: tenant, workspace.';

create table platform.builtin_role_permissions (
    role text not null,
    level text not null,
    permission text not null,
    primary key (role, level, permission),
    constraint builtin_role_permissions_permission_exists foreign key (permission)
        references platform.permissions (name),
    constraint builtin_role_permissions_role_known
        check (role in ('owner', 'admin', 'member', 'viewer', 'guest', 'auditor')),
    constraint builtin_role_permissions_level_known check (level in ('tenant', 'workspace'))
);

comment on table platform.builtin_role_permissions is
    'The template copied into each tenant''s tenant.role_permissions, which alone decides.';
comment on column platform.builtin_role_permissions.level is
    'Whether the role is held in the tenant or in a workspace.';

create table platform.share_permissions (
    access text not null,
    permission text not null,
    primary key (access, permission),
    constraint share_permissions_permission_exists foreign key (permission)
        references platform.permissions (name),
    constraint share_permissions_access_known check (access in ('read', 'write', 'manage'))
);

comment on table platform.share_permissions is 'What a share lets its receiver do.';
comment on column platform.share_permissions.access is 'Each includes the one before it.';

alter table platform.permissions enable row level security;
alter table platform.permissions force row level security;
alter table platform.builtin_role_permissions enable row level security;
alter table platform.builtin_role_permissions force row level security;
alter table platform.share_permissions enable row level security;
alter table platform.share_permissions force row level security;
