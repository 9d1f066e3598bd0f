-- tenant.shares: who may see, make and end shares.
--
-- A share never gives more than its maker holds, or for longer (app.may_share), and only its
-- maker, its receiver or a holder of share.delete ends it. Shares are not changed, only ended and
-- made anew.
set local role bulkhead_owner;

create policy shares_tenancy on tenant.shares
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy shares_select on tenant.shares for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('share.read'))
        or workspace_id = any ((select app.workspaces_with('share.read'))::uuid[])
        or document_id = any ((select app.documents_with('share.read'))::uuid[])
        or created_by = (select app.member_id())
        or user_id = (select app.member_id())
        or team_id in (select app.my_teams())
    );

create policy shares_insert on tenant.shares for insert to bulkhead_api
    with check (
        created_by = (select app.user_id())
        -- A share with oneself would outlast the place it was made from.
        and user_id is distinct from (select app.user_id())
        and (
            tenant_id = (select app.tenant_with('share.create'))
            or workspace_id = any ((select app.workspaces_with('share.create'))::uuid[])
            or document_id = any ((select app.documents_with('share.create'))::uuid[])
        )
        and app.may_share(workspace_id, document_id, access, expires_at)
    );

create policy shares_delete on tenant.shares for delete to bulkhead_api
    using (
        created_by = (select app.self_id())
        or user_id = (select app.self_id())
        or tenant_id = (select app.tenant_with('share.delete'))
        or workspace_id = any ((select app.workspaces_with('share.delete'))::uuid[])
        or document_id = any ((select app.documents_with('share.delete'))::uuid[])
    );

grant select, delete on tenant.shares to bulkhead_api;
grant insert (tenant_id, workspace_id, document_id, user_id, team_id, access, expires_at,
        created_by)
    on tenant.shares to bulkhead_api;
grant select on tenant.shares to bulkhead_definer;

-- The permission functions look up what is shared with a caller.
create policy shares_definer on tenant.shares for all to bulkhead_definer
    using (true) with check (true);
