-- platform.builtin_role_permissions: the template of the built-in roles; no plane needs it.
set local role bulkhead_owner;

grant select, insert, delete on platform.builtin_role_permissions to bulkhead_definer;

-- app.sync_permissions() fills it and copies it into tenants.
create policy builtin_role_permissions_definer on platform.builtin_role_permissions for all
    to bulkhead_definer
    using (true) with check (true);
