-- platform.credentials: API keys of one's own, and of others with api_key.*; never a hash.
set local role bulkhead_owner;

-- Sessions are their owner's alone: sql/functions/sessions.sql.
create policy credentials_tenancy on platform.credentials
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy credentials_select on platform.credentials for select to bulkhead_api
    using (
        kind = 'api_key'
        and (
            user_id = (select app.member_id())
            or tenant_id = (select app.tenant_with('api_key.read'))
        )
    );

-- For oneself only, and a scoped credential makes none wider than itself.
create policy credentials_insert on platform.credentials for insert to bulkhead_api
    with check (
        kind = 'api_key'
        and user_id = (select app.user_id())
        and tenant_id = (select app.tenant_with('api_key.create'))
        and app.may_mint(scopes)
    );

-- Revoking, once and for good.
create policy credentials_update on platform.credentials for update to bulkhead_api
    using (
        kind = 'api_key'
        and revoked_at is null
        and (
            user_id = (select app.self_id())
            or id = (select app.credential_id()) -- any key may end itself
            or tenant_id = (select app.tenant_with('api_key.delete'))
        )
    )
    with check (revoked_at is not null);

grant select (id, kind, user_id, tenant_id, name, start, scopes, expires_at, revoked_at, created_at)
    on platform.credentials to bulkhead_api;
grant insert (kind, hash, user_id, tenant_id, name, start, scopes, expires_at)
    on platform.credentials to bulkhead_api;
grant update (revoked_at) on platform.credentials to bulkhead_api;
grant select, insert,
    update (revoked_at, idle_until, hash, chosen_tenant_id, authenticated_at), delete
    on platform.credentials to bulkhead_definer;

-- The gate looks credentials up by hash.
create policy credentials_definer on platform.credentials for all to bulkhead_definer
    using (true) with check (true);
