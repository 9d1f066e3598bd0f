-- Single sign-on: a tenant may insist on its own connections, and a login is connected to a user
-- who is known by another one only once they have proved to be both.

alter table platform.tenants
    add column sso_enforced boolean not null default false,
    add column admits text not null generated always as (
        case when state = 'active' and sso_enforced then 'sso_only' else state end) stored,
    add constraint tenants_admits_unique unique (id, admits);
comment on column platform.tenants.sso_enforced is
    'Sessions that come by none of its own connections do not open it.';
comment on column platform.tenants.admits is
    'Its state, or sso_only: what its roles carry for the gate, which must not look further.';

-- As their owner, past row level security, and for this transaction only: it would hide the rows
-- that the key checks.
alter table platform.tenants no force row level security;
alter table tenant.roles no force row level security;
alter table tenant.roles
    drop constraint roles_tenant_state_exists,
    add constraint roles_tenant_state_exists foreign key (tenant_id, tenant_state)
        references platform.tenants (id, admits) on update cascade;
alter table platform.tenants drop constraint tenants_state_unique;
alter table platform.tenants force row level security;
alter table tenant.roles force row level security;

alter table platform.sign_ins
    add column tenant_id uuid,
    add column user_id uuid,
    add column max_age integer;
comment on column platform.sign_ins.tenant_id is
    'Whose connection it goes through; null for the platform''s own issuers.';
comment on column platform.sign_ins.user_id is
    'Who wants the login for one of theirs; null for who signs in.';
comment on column platform.sign_ins.max_age is
    'How many seconds ago they may have signed in at the issuer.';

-- Logins that somebody has come back with and has yet to say that they are theirs.
create table platform.link_proofs (
    proof bytea primary key,
    browser bytea not null,
    user_id uuid not null,
    tenant_id uuid not null,
    connection_id uuid not null,
    issuer text not null,
    subject text not null,
    email text,
    expires_at timestamptz not null default now() + interval '10 minutes',
    constraint link_proofs_proof_sha256 check (octet_length(proof) = 32),
    constraint link_proofs_browser_sha256 check (octet_length(browser) = 32),
    constraint link_proofs_user_id_exists foreign key (user_id)
        references platform.users (id) on delete cascade
);

create index link_proofs_expires_at on platform.link_proofs (expires_at);
create index link_proofs_user_id on platform.link_proofs (user_id);

comment on table platform.link_proofs is
    'A row is one login, of one user, in one browser, used once. No plane reads it.';
comment on column platform.link_proofs.proof is 'SHA-256 of what the confirmation repeats.';
comment on column platform.link_proofs.browser is 'SHA-256 of what the browser holds that came.';

-- Logout tokens that have counted, until they would be refused anyway.
create table platform.logout_tokens (
    connection_id uuid not null,
    jti bytea not null,
    expires_at timestamptz not null,
    primary key (connection_id, jti),
    constraint logout_tokens_jti_sha256 check (octet_length(jti) = 32)
);

create index logout_tokens_expires_at on platform.logout_tokens (expires_at);

comment on table platform.logout_tokens is 'A provider says once that somebody has signed out.';
comment on column platform.logout_tokens.jti is 'SHA-256 of issuer and jti.';

alter table platform.credentials
    add column sid text,
    add column connection_id uuid,
    add column authenticated_at timestamptz,
    add constraint credentials_sid_length check (length(sid) <= 500);
comment on column platform.credentials.connection_id is
    'The tenant''s connection that a session came by: it opens nothing once that is not in use.';
comment on column platform.credentials.authenticated_at is
    'When the person proved anew who they are, where that was asked.';
comment on column platform.credentials.sid is
    'The session at the issuer that it came from, for the issuer to end it by.';

alter table tenant.members add column given_role_id uuid;
comment on column tenant.members.given_role_id is
    'The role that a provider''s word gave last: while it is theirs, it goes when the word goes.';

alter table platform.users add column staff boolean not null default false;
comment on column platform.users.staff is
    'Works for the platform: no tenant''s connection becomes a login of theirs unasked.';

alter table platform.link_proofs enable row level security;
alter table platform.link_proofs force row level security;
alter table platform.logout_tokens enable row level security;
alter table platform.logout_tokens force row level security;
