-- tenant.scim_group_members: no plane reads them; who is in a team stands in tenant.team_members.
set local role bulkhead_owner;

create policy scim_group_members_tenancy on tenant.scim_group_members
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert on tenant.scim_group_members to bulkhead_definer;

create policy scim_group_members_definer on tenant.scim_group_members for all to bulkhead_definer
    using (true) with check (true);
