-- tenant.invitations: who may see who is invited; nobody sees a hash. They are made, told anew,
-- taken back and accepted by functions of the definer (procedures/invitations.sql,
-- procedures/accept_invitation.sql).
set local role bulkhead_owner;

create policy invitations_tenancy on tenant.invitations
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy invitations_select on tenant.invitations for select to bulkhead_api
    using (tenant_id = (select app.tenant_with('invitation.read')));

grant select (tenant_id, id, email, role_id, workspace_id, workspace_role_id, invited_by, state,
    sent_at, expires_at, accepted_by, accepted_at, version, created_at, updated_at)
    on tenant.invitations to bulkhead_api;
grant select, insert, update (state, hash, invited_by, sent_at, expires_at, accepted_by,
    accepted_at) on tenant.invitations to bulkhead_definer;

-- Whoever accepts one is in no tenant yet.
create policy invitations_definer on tenant.invitations for all to bulkhead_definer
    using (true) with check (true);
