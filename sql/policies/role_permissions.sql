-- tenant.role_permissions: who may see and change what a role permits.
--
-- Nobody adds, or takes away, a permission they do not hold tenant-wide themselves, at either
-- level: whoever could strip a role could then remove the people who hold it.
set local role bulkhead_owner;

create policy role_permissions_tenancy on tenant.role_permissions
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy role_permissions_select on tenant.role_permissions for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('role.read')));

-- A role is visible to its editor (role.read), and defining one needs role.create or role.update.
create policy role_permissions_insert on tenant.role_permissions for insert to bulkhead_api
    with check (
        (
            tenant_id = (select app.tenant_with('role.create'))
            or tenant_id = (select app.tenant_with('role.update'))
        )
        and permission in (select app.my_permissions())
        and role_id in (select r.id from tenant.roles r where not r.builtin)
    );

create policy role_permissions_delete on tenant.role_permissions for delete to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('role.update'))
        and permission in (select app.my_permissions())
        and role_id in (select r.id from tenant.roles r where not r.builtin)
    );

grant select, delete on tenant.role_permissions to bulkhead_api;
grant insert (tenant_id, role_id, level, permission) on tenant.role_permissions to bulkhead_api;
grant select, insert, delete on tenant.role_permissions to bulkhead_definer;

-- The permission functions read it; migrations keep built-in roles current.
create policy role_permissions_definer on tenant.role_permissions for all to bulkhead_definer
    using (true) with check (true);
