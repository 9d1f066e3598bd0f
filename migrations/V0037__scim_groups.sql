-- SCIM groups: teams that a directory keeps.

create table tenant.scim_groups (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    directory_id uuid not null,
    team_id uuid not null,
    external_id text,
    role_id uuid,
    changes integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint scim_groups_team_id_unique unique (tenant_id, team_id),
    constraint scim_groups_directory_id_exists foreign key (tenant_id, directory_id)
        references tenant.scim_directories (tenant_id, id) on delete cascade,
    constraint scim_groups_team_id_exists foreign key (tenant_id, team_id)
        references tenant.teams (tenant_id, id) on delete cascade,
    constraint scim_groups_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint scim_groups_external_id_length check (length(external_id) <= 500)
);

create index scim_groups_directory_id on tenant.scim_groups (tenant_id, directory_id, external_id);
create index scim_groups_role_id on tenant.scim_groups (tenant_id, role_id);

comment on table tenant.scim_groups is 'A team that a directory keeps. Its name is the team''s.';
comment on column tenant.scim_groups.role_id is
    'What its members get: of several groups'' roles, that of the first made.';
comment on column tenant.scim_groups.changes is 'Counts the changes of who is in it.';

create table tenant.scim_group_members (
    tenant_id uuid not null,
    group_id uuid not null,
    scim_user_id uuid not null,
    team_id uuid not null,
    user_id uuid not null,
    primary key (tenant_id, group_id, scim_user_id),
    constraint scim_group_members_group_id_exists foreign key (tenant_id, group_id)
        references tenant.scim_groups (tenant_id, id) on delete cascade,
    constraint scim_group_members_scim_user_id_exists foreign key (tenant_id, scim_user_id)
        references tenant.scim_users (tenant_id, id) on delete cascade,
    -- Who is out of the team, by whatever way, is out of the group.
    constraint scim_group_members_team_id_exists foreign key (tenant_id, user_id, team_id)
        references tenant.team_members (tenant_id, user_id, team_id)
        on update cascade on delete cascade
);

create index scim_group_members_scim_user_id
    on tenant.scim_group_members (tenant_id, scim_user_id);
create index scim_group_members_team_id
    on tenant.scim_group_members (tenant_id, user_id, team_id);

comment on table tenant.scim_group_members is
    'A row of tenant.team_members that a directory has made.';

alter table tenant.scim_groups enable row level security;
alter table tenant.scim_groups force row level security;
alter table tenant.scim_group_members enable row level security;
alter table tenant.scim_group_members force row level security;
