-- platform.tenants: a principal sees and changes the tenant it is in, and no other.
set local role bulkhead_owner;

create policy tenants_tenancy on platform.tenants
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (id = any (array[(select app.tenant_id())]))
    with check (id = any (array[(select app.tenant_id())]));

create policy tenants_select on platform.tenants for select to bulkhead_api
    using (id = (select app.tenant_with('tenant.read')));

-- Closing is an update of its own; only the operator suspends or reopens.
create policy tenants_update on platform.tenants for update to bulkhead_api
    using (id = (select app.tenant_with('tenant.update')))
    with check (
        state = 'active'
        or state = 'closing' and id = (select app.tenant_with('tenant.delete'))
    );

grant select on platform.tenants to bulkhead_api;
grant update (name, settings, state, sso_enforced) on platform.tenants to bulkhead_api;
grant select, insert, update (state, sso_enforced) on platform.tenants to bulkhead_definer;

-- The gate checks a tenant's state; the operator's functions keep the list.
create policy tenants_definer on platform.tenants for all to bulkhead_definer
    using (true) with check (true);
