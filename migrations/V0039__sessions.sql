-- Sessions: the tenant that one has chosen; keys: how one begins, to tell which is which.

-- No foreign key: what a session chose opens nothing by itself, and may be gone.
alter table platform.credentials
    add column chosen_tenant_id uuid,
    add column start text,
    add constraint credentials_chosen_tenant_id_bound
        check (chosen_tenant_id is null or kind = 'session' and tenant_id is null),
    add constraint credentials_start_length check (length(start) <= 12);

-- For the purge; timezone() is not leakproof, so no plane's query reaches it.
create index credentials_ended_at
    on platform.credentials ((least(revoked_at, expires_at) at time zone 'UTC'));

comment on column platform.credentials.chosen_tenant_id is
    'Where a session goes that names no tenant. It changes with the hash alone.';
comment on column platform.credentials.start is
    'How a key''s token begins, for its owner to tell theirs apart; it proves nothing.';
