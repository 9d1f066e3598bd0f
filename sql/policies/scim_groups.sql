-- tenant.scim_groups: who may see a directory's groups, and say which role each gives. The
-- directory makes and ends them, by functions of the definer.
set local role bulkhead_owner;

create policy scim_groups_tenancy on tenant.scim_groups
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy scim_groups_select on tenant.scim_groups for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('scim_directory.read')));

-- Both what a group gives and what it gave are within the caller's rights: triggers/scim_roles.sql.
create policy scim_groups_update on tenant.scim_groups for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('scim_directory.update')))
    with check (role_id is null or role_id in (select app.provisionable_roles()));

grant select (tenant_id, id, directory_id, team_id, external_id, role_id, version, created_at,
    updated_at), update (role_id) on tenant.scim_groups to bulkhead_api;
grant select, insert, update (external_id, changes) on tenant.scim_groups to bulkhead_definer;

create policy scim_groups_definer on tenant.scim_groups for all to bulkhead_definer
    using (true) with check (true);
