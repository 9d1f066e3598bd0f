-- audit.event_pii: who may read what an event says of persons: auditors, and each person their own.
set local role bulkhead_owner;

create policy event_pii_tenancy on audit.event_pii
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy event_pii_select on audit.event_pii for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('audit.read'))
        or person = (select app.own_pseudonym())
    );

-- By column: where a row lies would count what everybody does.
grant select (tenant_id, event_id, person, content) on audit.event_pii to bulkhead_api;
grant select, insert, delete on audit.event_pii to bulkhead_definer;

-- Written with the event, and deleted when the person is erased.
create policy event_pii_definer on audit.event_pii for all to bulkhead_definer
    using (true) with check (true);
