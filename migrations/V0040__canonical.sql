-- Canonical: what others than this platform know its users by, and whom they are yet to be told of.

alter table platform.users
    add column canonical_subject text,
    add constraint users_canonical_subject_unique unique (canonical_subject),
    add constraint users_canonical_subject_format check (canonical_subject ~ '^[!-~]{1,255}$');
comment on column platform.users.canonical_subject is
    'Who they are in the directory outside that is the identity of record, where there is one.';

create table platform.legacy_users (
    source text not null,
    legacy_id text not null,
    user_id uuid not null,
    email text,
    created_at timestamptz not null default now(),
    primary key (source, legacy_id),
    constraint legacy_users_user_id_exists foreign key (user_id) references platform.users (id),
    constraint legacy_users_source_format check (source ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    constraint legacy_users_legacy_id_length check (length(legacy_id) between 1 and 200),
    constraint legacy_users_email_length check (length(email) <= 320)
);

create index legacy_users_user_id on platform.legacy_users (user_id);

comment on table platform.legacy_users is
    'By what another system, from which people were brought here, knew a user.';
comment on column platform.legacy_users.email is
    'What that system said: shown, and nothing is ever found by it.';

create table platform.directory_tasks (
    user_id uuid primary key,
    state text not null default 'pending',
    attempts integer not null default 0,
    problem text,
    due_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    constraint directory_tasks_user_id_exists foreign key (user_id) references platform.users (id),
    constraint directory_tasks_state_known check (state in ('pending', 'dead')),
    constraint directory_tasks_problem_length check (length(problem) <= 100)
);

create index directory_tasks_due_at on platform.directory_tasks (due_at) where state = 'pending';
create index directory_tasks_dead on platform.directory_tasks (user_id) where state = 'dead';

comment on table platform.directory_tasks is
    'Users whom the directory outside is yet to know of. A row goes when it has answered.';
comment on column platform.directory_tasks.state is 'Dead: nobody tries any more until told to.';
comment on column platform.directory_tasks.due_at is
    'Not before; while somebody tries, when they are taken to have failed.';

alter table platform.legacy_users enable row level security;
alter table platform.legacy_users force row level security;
alter table platform.directory_tasks enable row level security;
alter table platform.directory_tasks force row level security;

-- The table's key begins with the same columns. While the table fills, the planner took this index
-- for who is known by a login, and read all logins of a connection for each.
drop index if exists platform.identities_tenant_id;
