-- audit.trees: how far the history is sealed.
set local role bulkhead_owner;

create policy trees_tenancy on audit.trees
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy trees_select on audit.trees for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit.read')));

grant select (tenant_id, size, head_size) on audit.trees to bulkhead_api;
grant select, insert, update on audit.trees to bulkhead_definer;

create policy trees_definer on audit.trees for all to bulkhead_definer
    using (true) with check (true);
