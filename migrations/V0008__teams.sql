-- Teams: groups of members that workspaces and shares can be given to.

create table tenant.teams (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    name text not null,
    description text not null default '',
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint teams_name_unique unique (tenant_id, name),
    constraint teams_tenant_id_exists foreign key (tenant_id) references platform.tenants (id),
    constraint teams_name_not_blank check (name ~ '\S'),
    constraint teams_name_length check (length(name) <= 200),
    constraint teams_description_length check (length(description) <= 1000)
);

create table tenant.team_members (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    team_id uuid not null,
    user_id uuid not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint team_members_user_id_unique unique (tenant_id, user_id, team_id),
    constraint team_members_team_id_exists foreign key (tenant_id, team_id)
        references tenant.teams (tenant_id, id) on delete cascade,
    constraint team_members_user_id_exists foreign key (tenant_id, user_id)
        references tenant.members (tenant_id, user_id) on delete cascade
);

create index team_members_team_id on tenant.team_members (tenant_id, team_id, created_at, id);

comment on table tenant.teams is 'A group of members, to whom workspaces and shares can be given.';
comment on table tenant.team_members is 'A member in a team.';

alter table tenant.teams enable row level security;
alter table tenant.teams force row level security;
alter table tenant.team_members enable row level security;
alter table tenant.team_members force row level security;
