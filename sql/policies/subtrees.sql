-- audit.subtrees: hashes of hashes, appended by the sealer.
set local role bulkhead_owner;

create policy subtrees_tenancy on audit.subtrees
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy subtrees_select on audit.subtrees for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit.read')));

grant select (tenant_id, level, idx, hash) on audit.subtrees to bulkhead_api;
grant select, insert on audit.subtrees to bulkhead_definer;

create policy subtrees_definer on audit.subtrees for all to bulkhead_definer
    using (true) with check (true);
