-- audit.events: who may read the history. Written by functions of the definer alone.
set local role bulkhead_owner;

create policy events_tenancy on audit.events
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

-- All of it, or what one did oneself.
create policy events_select on audit.events for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('audit.read'))
        or actor = (select app.own_pseudonym())
    );

-- Not xid and seq, which count what everybody does.
grant select (tenant_id, id, schema_version, occurred_at, recorded_at, actor_type, actor, agent_id,
    credential_id, db_role, action, outcome, resource_type, resource_id, workspace_id, subject,
    changed_columns, request_id, trace_id, span_id, route, app_version, policy_version, count)
    on audit.events to bulkhead_api;
grant select, insert on audit.events to bulkhead_definer;

-- Written with what changed, read by the functions of the sealer and of verification.
create policy events_definer on audit.events for all to bulkhead_definer
    using (true) with check (true);
