-- Sessions: people's, in a browser or not. They end when not used for a while, and at their end.

alter table platform.credentials
    add column identity_id uuid,
    add column host text,
    add column idle interval,
    add column idle_until timestamptz not null default 'infinity',
    add column user_agent text,
    drop constraint credentials_tenant_id_bound,
    add constraint credentials_tenant_id_bound check (kind = 'session' or tenant_id is not null),
    add constraint credentials_identity_id_exists foreign key (identity_id)
        references platform.identities (id) on delete set null,
    add constraint credentials_idle_bound check ((idle is null) = (idle_until = 'infinity')),
    add constraint credentials_idle_range check (idle between '1 minute' and '366 days'),
    add constraint credentials_host_length check (length(host) <= 253),
    add constraint credentials_user_agent_length check (length(user_agent) <= 400);

create index credentials_identity_id on platform.credentials (identity_id);

comment on column platform.credentials.tenant_id is
    'An API key is bound to it; a session may be, or chooses one at each request.';
comment on column platform.credentials.identity_id is 'The login that a session came from.';
comment on column platform.credentials.host is
    'Where a cookie holds it: its hash is that of the token and this name, so that it is nothing '
    'anywhere else. Null for a token that is sent as one.';
comment on column platform.credentials.idle is 'For how long it may go unused; null: for ever.';
comment on column platform.credentials.idle_until is
    'Moved on as it is used, in batches: until then it was used recently enough.';
comment on column platform.credentials.user_agent is
    'What it was opened with, for its owner to tell theirs apart.';
