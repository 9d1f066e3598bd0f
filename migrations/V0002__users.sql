-- Users: one canonical human, global. What a tenant calls them is in tenant.members.

create table platform.users (
    -- Version 4 on purpose: a dated id would tell a tenant's administrator, who adds a person by
    -- e-mail, whether that person had an account before.
    id uuid primary key default gen_random_uuid(),
    email text not null,
    display_name text not null,
    state text not null default 'active',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_email_format check (email ~ '^[^@\s]+@[^@\s]+$'),
    constraint users_email_length check (length(email) <= 320),
    constraint users_display_name_not_blank check (display_name ~ '\S'),
    constraint users_display_name_length check (length(display_name) <= 200),
    constraint users_state_known check (state in ('active', 'deactivated'))
);

create unique index users_email_unique on platform.users (lower(email));

comment on table platform.users is 'One row a human. No plane reads it: functions answer from it.';
comment on column platform.users.state is 'Deactivated is out everywhere, at the next statement.';

alter table platform.users enable row level security;
alter table platform.users force row level security;
