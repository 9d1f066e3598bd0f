-- Members: a user in a tenant, by the name and address this tenant knows them under.

create table tenant.members (
    tenant_id uuid not null,
    user_id uuid not null,
    role_id uuid not null,
    email text not null,
    display_name text not null,
    state text not null default 'active',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint members_user_id_unique primary key (tenant_id, user_id),
    constraint members_tenant_id_exists foreign key (tenant_id) references platform.tenants (id),
    constraint members_user_id_exists foreign key (user_id) references platform.users (id),
    constraint members_role_id_exists foreign key (tenant_id, role_id)
        references tenant.roles (tenant_id, id),
    constraint members_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
    constraint members_email_length check (length(email) <= 320),
    constraint members_display_name_not_blank check (display_name ~ '\S'),
    constraint members_display_name_length check (length(display_name) <= 200),
    constraint members_state_known check (state in ('active', 'deactivated'))
);

create unique index members_email_unique on tenant.members (tenant_id, lower(email));
create index members_role_id on tenant.members (tenant_id, role_id);
create index members_user_id on tenant.members (user_id);

comment on table tenant.members is 'A user in a tenant, with the role held tenant-wide.';
comment on column tenant.members.state is 'Deactivated is out of this tenant only.';
comment on column tenant.members.email is
    'What this tenant was given; nothing another tenant entered is ever shown here.';

alter table tenant.members enable row level security;
alter table tenant.members force row level security;
