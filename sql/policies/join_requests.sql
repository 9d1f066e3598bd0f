-- tenant.join_requests: who may see who asks to come in. They ask and are answered by functions
-- of the definer (procedures/enrolment.sql, procedures/join_requests.sql).
set local role bulkhead_owner;

create policy join_requests_tenancy on tenant.join_requests
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy join_requests_select on tenant.join_requests for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('join_request.read')));

grant select on tenant.join_requests to bulkhead_api;
grant select, insert, update (state, decided_by, decided_at) on tenant.join_requests
    to bulkhead_definer;

create policy join_requests_definer on tenant.join_requests for all to bulkhead_definer
    using (true) with check (true);
