-- Documents: what a workspace's people, chats and agents read and write.

create table tenant.documents (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    workspace_id uuid not null,
    title text not null,
    body text not null default '',
    metadata jsonb not null default '{}',
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint documents_workspace_id_exists foreign key (tenant_id, workspace_id)
        references tenant.workspaces (tenant_id, id) on delete cascade,
    -- The target of shares, whose workspace follows a document that moves.
    constraint documents_workspace_id_unique unique (tenant_id, workspace_id, id),
    constraint documents_title_not_blank check (title ~ '\S'),
    constraint documents_title_length check (length(title) <= 500),
    constraint documents_body_length check (octet_length(body) <= 1048576),
    constraint documents_metadata_object check (jsonb_typeof(metadata) = 'object'),
    constraint documents_metadata_length check (octet_length(metadata::text) <= 65536)
);

-- Pages run by creation or by title, over the tenant or over one workspace. Byte order, so that a
-- cursor means the same after the operating system's collations change.
create index documents_created_at on tenant.documents (tenant_id, created_at, id);
create index documents_workspace_id_created_at
    on tenant.documents (tenant_id, workspace_id, created_at, id);
create index documents_title on tenant.documents (tenant_id, title collate "C", id);
create index documents_workspace_id_title
    on tenant.documents (tenant_id, workspace_id, title collate "C", id);

comment on table tenant.documents is 'What a workspace reads and writes.';
comment on column tenant.documents.metadata is
    'The clients'' own; the platform reads nothing of it.';

alter table tenant.documents enable row level security;
alter table tenant.documents force row level security;
