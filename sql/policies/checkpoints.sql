-- audit.checkpoints: what was signed of a tenant's history.
set local role bulkhead_owner;

create policy checkpoints_tenancy on audit.checkpoints
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy checkpoints_select on audit.checkpoints for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit.read')));

grant select (tenant_id, size, epoch, note) on audit.checkpoints to bulkhead_api;
grant select, insert on audit.checkpoints to bulkhead_definer;

create policy checkpoints_definer on audit.checkpoints for all to bulkhead_definer
    using (true) with check (true);
