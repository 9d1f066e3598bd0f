-- Shares: a document or a whole workspace, given to a user or a team, read, write or manage.

create table tenant.shares (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    workspace_id uuid not null,
    document_id uuid,
    user_id uuid,
    team_id uuid,
    access text not null,
    expires_at timestamptz,
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint shares_workspace_id_exists foreign key (tenant_id, workspace_id)
        references tenant.workspaces (tenant_id, id) on delete cascade,
    constraint shares_document_id_exists foreign key (tenant_id, workspace_id, document_id)
        references tenant.documents (tenant_id, workspace_id, id)
        on update cascade on delete cascade,
    constraint shares_user_id_exists foreign key (tenant_id, user_id)
        references tenant.members (tenant_id, user_id) on delete cascade,
    constraint shares_team_id_exists foreign key (tenant_id, team_id)
        references tenant.teams (tenant_id, id) on delete cascade,
    constraint shares_user_id_or_team check (num_nonnulls(user_id, team_id) = 1),
    constraint shares_access_known check (access in ('read', 'write', 'manage')),
    constraint shares_expires_at_future check (expires_at > created_at)
);

create index shares_user_id on tenant.shares (tenant_id, user_id, workspace_id);
create index shares_team_id on tenant.shares (tenant_id, team_id, workspace_id);
create index shares_workspace_id on tenant.shares (tenant_id, workspace_id, document_id);

comment on table tenant.shares is 'A document or a workspace, given to a user or a team.';
comment on column tenant.shares.access is 'What it permits: platform.share_permissions.';
comment on column tenant.shares.document_id is 'Null shares the whole workspace.';

alter table tenant.shares enable row level security;
alter table tenant.shares force row level security;
