-- platform.permissions: the catalogue of permissions, the same for every tenant and open to all.
set local role bulkhead_owner;

create policy permissions_select on platform.permissions for select to bulkhead_api
    using (true);

grant select on platform.permissions to bulkhead_api;
grant select, insert, update, delete on platform.permissions to bulkhead_definer;

-- app.sync_permissions() fills it.
create policy permissions_definer on platform.permissions for all to bulkhead_definer
    using (true) with check (true);
