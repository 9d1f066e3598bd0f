-- Join requests: people of a tenant's domain who may come in once somebody has let them.

create table tenant.join_requests (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    domain_id uuid not null,
    user_id uuid not null,
    email text not null,
    display_name text not null,
    state text not null default 'pending',
    decided_by uuid,
    decided_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint join_requests_user_id_unique unique (tenant_id, user_id),
    constraint join_requests_domain_id_exists foreign key (tenant_id, domain_id)
        references tenant.domains (tenant_id, id) on delete cascade,
    constraint join_requests_user_id_exists foreign key (user_id) references platform.users (id),
    constraint join_requests_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
    constraint join_requests_email_length check (length(email) <= 320),
    constraint join_requests_display_name_length check (length(display_name) <= 200),
    constraint join_requests_state_known check (state in ('pending', 'approved', 'denied'))
);

create index join_requests_domain_id on tenant.join_requests (tenant_id, domain_id);
-- As members_user_id: its first column is no tenant's, so no plane's query may reach it.
create index join_requests_user_id on tenant.join_requests (uuid_send(user_id));

comment on table tenant.join_requests is
    'Somebody with an address of a domain of the tenant''s, who asks to be let in. Once.';

comment on column tenant.join_requests.state is
    'denied: they can not ask again, and may still be let in.';

-- Who has left, or was taken out: a domain brings them back only through somebody who may.
create table tenant.former_members (
    tenant_id uuid not null,
    user_id uuid not null,
    left_at timestamptz not null default now(),
    primary key (tenant_id, user_id),
    constraint former_members_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    constraint former_members_user_id_exists foreign key (user_id) references platform.users (id)
);

create index former_members_user_id on tenant.former_members (uuid_send(user_id));

comment on table tenant.former_members is
    'Users who were members: they do not join by their domain again.';

alter table tenant.join_requests enable row level security;
alter table tenant.join_requests force row level security;
alter table tenant.former_members enable row level security;
alter table tenant.former_members force row level security;
