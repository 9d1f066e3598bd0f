-- tenant.former_members: no plane reads who has left; joining by a domain asks it.
set local role bulkhead_owner;

create policy former_members_tenancy on tenant.former_members
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert, delete on tenant.former_members to bulkhead_definer;

create policy former_members_definer on tenant.former_members for all to bulkhead_definer
    using (true) with check (true);
