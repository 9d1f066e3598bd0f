-- Invitations: a person's word that whoever proves an address may come in, by a token told once.

create table tenant.invitations (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    email text not null,
    role_id uuid not null,
    workspace_id uuid,
    workspace_role_id uuid,
    invited_by uuid not null,
    hash bytea not null,
    state text not null default 'pending',
    sent_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '7 days',
    accepted_by uuid,
    accepted_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint invitations_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    -- What would be given is gone; the history keeps that it was promised.
    constraint invitations_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id) on delete cascade,
    constraint invitations_workspace_id_exists foreign key (tenant_id, workspace_id)
        references tenant.workspaces (tenant_id, id) on delete cascade,
    constraint invitations_workspace_role_id_exists foreign key (tenant_id, workspace_role_id)
        references tenant.roles (tenant_id, id) on delete cascade,
    -- Of ASCII only: no other address is ever proven.
    constraint invitations_email_format
        check (email ~ '^[!-?A-~]+@[A-Za-z0-9.-]+$' collate "C"),
    constraint invitations_email_length check (length(email) <= 320),
    constraint invitations_workspace_role_id_bound
        check ((workspace_id is null) = (workspace_role_id is null)),
    constraint invitations_hash_sha256 check (octet_length(hash) = 32),
    constraint invitations_state_known check (state in ('pending', 'accepted', 'revoked')),
    constraint invitations_accepted_by_bound
        check ((state = 'accepted') = (accepted_by is not null)),
    constraint invitations_expires_at_range
        check (expires_at > sent_at and expires_at <= sent_at + interval '30 days')
);

create index invitations_role_id on tenant.invitations (tenant_id, role_id);
create index invitations_workspace_id on tenant.invitations (tenant_id, workspace_id);
create index invitations_workspace_role_id on tenant.invitations (tenant_id, workspace_role_id);
-- Led by no tenant, for whoever is invited and in none; neither encode() nor lower() is leakproof,
-- so no plane's query reaches them.
create index invitations_hash on tenant.invitations (encode(hash, 'hex'));
create index invitations_email on tenant.invitations (lower(email collate "C"));

comment on table tenant.invitations is
    'Bound to tenant, address, roles and inviter; void when one of them no longer stands for it.';
comment on column tenant.invitations.hash is 'SHA-256 of the token, which is not stored.';
comment on column tenant.invitations.state is
    'By a pending one its person comes in, until it expires.';
comment on column tenant.invitations.sent_at is
    'When its present token was made, by invited_by: from then on it counts.';
comment on column tenant.invitations.workspace_id is
    'Where they get a place, too, with the role workspace_role_id.';

alter table tenant.invitations enable row level security;
alter table tenant.invitations force row level security;
