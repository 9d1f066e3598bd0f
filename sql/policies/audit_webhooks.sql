-- tenant.audit_webhooks: who may see, make and remove webhooks of the history. None is changed:
-- another URL is another webhook, which has received nothing yet.
set local role bulkhead_owner;

create policy audit_webhooks_tenancy on tenant.audit_webhooks
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy audit_webhooks_select on tenant.audit_webhooks for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit_webhook.read')));

create policy audit_webhooks_insert on tenant.audit_webhooks for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('audit_webhook.create'))
        and created_by = (select app.user_id())
    );

create policy audit_webhooks_delete on tenant.audit_webhooks for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('audit_webhook.delete')));

grant select, delete on tenant.audit_webhooks to bulkhead_api;
grant insert (tenant_id, place, url, created_by) on tenant.audit_webhooks to bulkhead_api;
grant select, update (version) on tenant.audit_webhooks to bulkhead_definer;

-- What is owed to each is found for the sealer, which keeps it from being removed for a moment: a
-- lock needs the right to update, and no column that matters is granted.
create policy audit_webhooks_definer on tenant.audit_webhooks for all to bulkhead_definer
    using (true) with check (false);
