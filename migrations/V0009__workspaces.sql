-- Workspaces: the collaboration boundary inside a tenant, and who is in each.

create table tenant.workspaces (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    description text not null default '',
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    -- No unique name: a conflict would tell a member that a workspace hidden from them exists.
    constraint workspaces_tenant_id_exists foreign key (tenant_id) references platform.tenants (id),
    constraint workspaces_name_not_blank check (name ~ '\S'),
    constraint workspaces_name_length check (length(name) <= 200),
    constraint workspaces_description_length check (length(description) <= 1000)
);

create table tenant.workspace_members (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    workspace_id uuid not null,
    user_id uuid,
    team_id uuid,
    role_id uuid not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint workspace_members_workspace_id_exists foreign key (tenant_id, workspace_id)
        references tenant.workspaces (tenant_id, id) on delete cascade,
    constraint workspace_members_user_id_exists foreign key (tenant_id, user_id)
        references tenant.members (tenant_id, user_id) on delete cascade,
    constraint workspace_members_team_id_exists foreign key (tenant_id, team_id)
        references tenant.teams (tenant_id, id) on delete cascade,
    constraint workspace_members_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint workspace_members_user_id_unique unique (tenant_id, user_id, workspace_id),
    constraint workspace_members_team_id_unique unique (tenant_id, team_id, workspace_id),
    constraint workspace_members_user_id_or_team check (num_nonnulls(user_id, team_id) = 1)
);

create index workspace_members_workspace_id
    on tenant.workspace_members (tenant_id, workspace_id, id);
create index workspace_members_role_id on tenant.workspace_members (tenant_id, role_id);

comment on table tenant.workspaces is 'The boundary of collaboration inside a tenant.';
comment on table tenant.workspace_members is 'A user or a team, with the role it holds there.';

alter table tenant.workspaces enable row level security;
alter table tenant.workspaces force row level security;
alter table tenant.workspace_members enable row level security;
alter table tenant.workspace_members force row level security;
