-- tenant.audit_webhook_deliveries: seen with the webhook, written by functions of the sealer alone.
set local role bulkhead_owner;

create policy audit_webhook_deliveries_tenancy on tenant.audit_webhook_deliveries
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy audit_webhook_deliveries_select on tenant.audit_webhook_deliveries
    for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit_webhook.read')));

grant select on tenant.audit_webhook_deliveries to bulkhead_api;
grant select, insert, update on tenant.audit_webhook_deliveries to bulkhead_definer;

create policy audit_webhook_deliveries_definer on tenant.audit_webhook_deliveries
    for all to bulkhead_definer
    using (true) with check (true);
