-- Identities: by which login, at which issuer, a user is known. An address is never one.

create table platform.identities (
    id uuid primary key default platform.uuid_v7(),
    connection_id uuid not null,
    issuer text not null,
    subject text not null,
    user_id uuid not null,
    email text,
    email_verified boolean not null default false,
    created_at timestamptz not null default now(),
    constraint identities_subject_unique unique (connection_id, issuer, subject),
    constraint identities_user_id_exists foreign key (user_id) references platform.users (id),
    constraint identities_issuer_length check (length(issuer) between 1 and 500),
    -- OpenID Connect Core 1.0 §2.
    constraint identities_subject_length check (length(subject) between 1 and 255),
    constraint identities_email_length check (length(email) <= 320)
);

create index identities_user_id on platform.identities (user_id);

comment on table platform.identities is
    'A login of a user''s. No plane reads it: functions answer from it.';
comment on column platform.identities.connection_id is
    'The tenant''s connection it came through; nil for the platform''s own issuers.';
comment on column platform.identities.email is
    'What the issuer said when it was last used: shown, and nothing is ever found by it.';

alter table platform.identities enable row level security;
alter table platform.identities force row level security;

-- Who has no proven address has none: an issuer's unproven word would have others find them by it.
alter table platform.users alter column email drop not null;
alter table tenant.members alter column email drop not null;
create index users_listed on platform.users (coalesce(lower(email), id::text));
comment on column platform.users.email is
    'Proven by them, or given by who entered them before they came; null for neither.';

alter table platform.tenants
    add column personal_user_id uuid,
    add constraint tenants_personal_user_id_unique unique (personal_user_id),
    add constraint tenants_personal_user_id_exists
        foreign key (personal_user_id) references platform.users (id),
    add constraint tenants_personal_user_id_kind
        check (personal_user_id is null or kind = 'personal');
comment on column platform.tenants.personal_user_id is
    'Whose own account it is, made when they first came.';
