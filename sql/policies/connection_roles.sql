-- tenant.connection_roles: who may see and set which role a provider's word gives. None is changed:
-- another value is another rule.
set local role bulkhead_owner;

create policy connection_roles_tenancy on tenant.connection_roles
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy connection_roles_select on tenant.connection_roles for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('connection.read')));

-- Nobody gives by a provider's word what they could not give by their own.
create policy connection_roles_insert on tenant.connection_roles for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('connection.update'))
        and role_id in (select app.assignable_roles())
        and created_by = (select app.user_id())
    );

create policy connection_roles_delete on tenant.connection_roles for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('connection.update')));

grant select, delete on tenant.connection_roles to bulkhead_api;
grant insert (tenant_id, connection_id, claim, value, role_id, created_by)
    on tenant.connection_roles to bulkhead_api;
grant select on tenant.connection_roles to bulkhead_definer;

create policy connection_roles_definer on tenant.connection_roles for select to bulkhead_definer
    using (true);
