-- tenant.roles: who may see, define and change roles. Built-in roles are
-- the template's, nobody's to change.
set local role bulkhead_owner;

create policy roles_tenancy on tenant.roles
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy roles_select on tenant.roles for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('role.read')));

create policy roles_insert on tenant.roles for insert to bulkhead_api
    with check (tenant_id = (select app.tenant_with('role.create')) and not builtin);

create policy roles_update on tenant.roles for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('role.update')) and not builtin);

create policy roles_delete on tenant.roles for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('role.delete')) and not builtin);

grant select, delete on tenant.roles to bulkhead_api;
grant insert (tenant_id, name, description) on tenant.roles to bulkhead_api;
grant update (name, description) on tenant.roles to bulkhead_api;
grant select, insert, update (tenant_permissions) on tenant.roles to bulkhead_definer;

-- The gate names the caller's role; new tenants get the built-in ones.
create policy roles_definer on tenant.roles for all to bulkhead_definer
    using (true) with check (true);
