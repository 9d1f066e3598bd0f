-- tenant.domains, platform.domains: who may see, claim, set and give up domains. That a domain is
-- proved, nobody may say here: functions/domains.sql does, by what DNS answered.
set local role bulkhead_owner;

create policy domains_tenancy on tenant.domains
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy domains_select on tenant.domains for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('domain.read')));

-- Whoever joins gets its role, so nobody names one that can do more than they can.
create policy domains_insert on tenant.domains for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('domain.create'))
        and role_id in (select app.assignable_roles())
    );

-- Only what they are given from now on: a mode may be turned off whatever the role.
create policy domains_update on tenant.domains for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('domain.update')))
    with check (mode = 'off' or role_id in (select app.assignable_roles()));

create policy domains_delete on tenant.domains for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('domain.delete')));

-- Not when it is looked at next, which is the platform's own.
grant select (tenant_id, id, name, state, problem, mode, role_id, token, record_until, proved_at,
    checked_at, asked_at, version, created_at, updated_at), delete on tenant.domains
    to bulkhead_api;
grant insert (tenant_id, name, mode, role_id) on tenant.domains to bulkhead_api;
grant update (mode, role_id) on tenant.domains to bulkhead_api;
grant select, update (state, problem, record_until, proved_at, checked_at, asked_at, due_at,
    failures) on tenant.domains to bulkhead_definer;

-- Who asks DNS works for all tenants, and a login looks up the domain of its address.
create policy domains_definer on tenant.domains for all to bulkhead_definer
    using (true) with check (true);

create policy domains_tenancy on platform.domains
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert, update (proved_at), delete on platform.domains to bulkhead_definer;

create policy domains_definer on platform.domains for all to bulkhead_definer
    using (true) with check (true);
