-- platform.share_permissions: what each access of a share permits, open to all.
set local role bulkhead_owner;

create policy share_permissions_select on platform.share_permissions for select to bulkhead_api
    using (true);

grant select on platform.share_permissions to bulkhead_api;
grant select, insert, update, delete on platform.share_permissions to bulkhead_definer;

-- app.sync_permissions() fills it.
create policy share_permissions_definer on platform.share_permissions for all to bulkhead_definer
    using (true) with check (true);
