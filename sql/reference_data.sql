-- Reference data, brought up to date last, when the policies that admit it stand.
set local role bulkhead_owner;

select app.sync_permissions();
select app.ensure_seal_key();

-- Roles from before their summary was kept, or from a restore without triggers.
set local role bulkhead_definer;
update tenant.roles r set tenant_permissions = app.summary_of(r.tenant_id, r.id)
where r.tenant_permissions <> app.summary_of(r.tenant_id, r.id);
set local role bulkhead_owner;
