-- tenant.connections: who may see, make, set and remove a tenant's own OpenID providers. Secrets
-- are written here and read by nobody: a sign-in gets them from a function of its own.
set local role bulkhead_owner;

create policy connections_tenancy on tenant.connections
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy connections_select on tenant.connections for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('connection.read')));

-- Whoever comes in by it gets its role, so nobody names one that can do more than they can.
create policy connections_insert on tenant.connections for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('connection.create'))
        and role_id in (select app.assignable_roles())
        and created_by = (select app.user_id())
    );

-- One that is not in use may keep any role: whoever turns it off need not hold it.
create policy connections_update on tenant.connections for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('connection.update')))
    with check (state <> 'active' or role_id in (select app.assignable_roles()));

create policy connections_delete on tenant.connections for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('connection.delete')));

-- Not its id, by which the platform knows logins; and not the secret.
grant select (tenant_id, id, name, issuer, client_id, state, is_open, role_id, tested_at,
    test_problem, version, created_by, created_at, updated_at), delete on tenant.connections
    to bulkhead_api;
grant insert (tenant_id, name, issuer, client_id, is_open, role_id, created_by)
    on tenant.connections to bulkhead_api;
grant update (name, issuer, client_id, client_secret, state, is_open, role_id)
    on tenant.connections to bulkhead_api;
grant select, update (tested_at, test_problem) on tenant.connections to bulkhead_definer;

-- A sign-in finds the connections of a host before it is in any tenant, and a test is noted.
create policy connections_definer on tenant.connections for all to bulkhead_definer
    using (true) with check (true);
