-- tenant.scim_directories: who may see, make, set and end what provisions a tenant's people. The
-- hash of a token is written here and read by nobody; another is given by app.rotate_scim_token(),
-- which also says who answers for it.
set local role bulkhead_owner;

create policy scim_directories_tenancy on tenant.scim_directories
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy scim_directories_select on tenant.scim_directories for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('scim_directory.read')));

-- Whoever is provisioned gets its role, so nobody names one that can do more than they can.
create policy scim_directories_insert on tenant.scim_directories for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('scim_directory.create'))
        and role_id in (select app.provisionable_roles())
        and created_by = (select app.user_id())
    );

-- One that is disabled may keep any role: whoever turns it off need not hold it. Nor may they give
-- it another: triggers/scim_roles.sql.
create policy scim_directories_update on tenant.scim_directories for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('scim_directory.update')))
    with check (state = 'disabled' or role_id in (select app.provisionable_roles()));

create policy scim_directories_delete on tenant.scim_directories for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('scim_directory.delete')));

grant select (tenant_id, id, name, connection_id, role_id, state, token_at, expires_at,
    last_used_at, version, created_by, created_at, updated_at, answered_by), delete
    on tenant.scim_directories to bulkhead_api;
grant insert (tenant_id, name, connection_id, role_id, hash, expires_at, created_by)
    on tenant.scim_directories to bulkhead_api;
grant update (name, connection_id, role_id, state) on tenant.scim_directories to bulkhead_api;
grant select, update (hash, token_at, expires_at, last_used_at, answered_by)
    on tenant.scim_directories to bulkhead_definer;

-- Whoever comes with a token is found by it, before they are in any tenant.
create policy scim_directories_definer on tenant.scim_directories for all to bulkhead_definer
    using (true) with check (true);
