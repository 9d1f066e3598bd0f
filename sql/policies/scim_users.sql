-- tenant.scim_users: no plane reads what a directory says of people; functions keep and answer it
-- for the directory whose token they are given.
set local role bulkhead_owner;

create policy scim_users_tenancy on tenant.scim_users
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert, delete, update (user_name, external_id, work_email, display_name, active,
    resource, blocked, role_id) on tenant.scim_users to bulkhead_definer;

create policy scim_users_definer on tenant.scim_users for all to bulkhead_definer
    using (true) with check (true);
