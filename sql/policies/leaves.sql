-- audit.leaves: hashes say nothing of what was hashed; appended by the sealer.
set local role bulkhead_owner;

create policy leaves_tenancy on audit.leaves
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy leaves_select on audit.leaves for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit.read')));

grant select (tenant_id, idx, event_id, hash, commitments) on audit.leaves to bulkhead_api;
grant select, insert on audit.leaves to bulkhead_definer;

create policy leaves_definer on audit.leaves for all to bulkhead_definer
    using (true) with check (true);
