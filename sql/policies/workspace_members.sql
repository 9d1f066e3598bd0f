-- tenant.workspace_members: who may see and change who is in a workspace.
--
-- app.may_assign() keeps anyone from giving, or taking away, a role that can do more than they can.
set local role bulkhead_owner;

create policy workspace_members_tenancy on tenant.workspace_members
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy workspace_members_select on tenant.workspace_members for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('workspace_member.read'))
        or workspace_id = any ((select app.workspaces_with('workspace_member.read'))::uuid[])
        or user_id = (select app.member_id())
    );

create policy workspace_members_insert on tenant.workspace_members for insert to bulkhead_api
    with check (
        (
            tenant_id = (select app.tenant_with('workspace_member.create'))
            or workspace_id = any ((select app.workspaces_with('workspace_member.create'))::uuid[])
        )
        and app.may_assign(workspace_id, role_id)
    );

create policy workspace_members_update on tenant.workspace_members for update to bulkhead_api
    using (
        (
            tenant_id = (select app.tenant_with('workspace_member.update'))
            or workspace_id = any ((select app.workspaces_with('workspace_member.update'))::uuid[])
        )
        and app.may_assign(workspace_id, role_id)
    );

-- Anyone may leave.
create policy workspace_members_delete on tenant.workspace_members for delete to bulkhead_api
    using (
        user_id = (select app.self_id())
        or (
            (
                tenant_id = (select app.tenant_with('workspace_member.delete'))
                or workspace_id =
                    any ((select app.workspaces_with('workspace_member.delete'))::uuid[])
            )
            and app.may_assign(workspace_id, role_id)
        )
    );

grant select, delete on tenant.workspace_members to bulkhead_api;
grant insert (tenant_id, workspace_id, user_id, team_id, role_id)
    on tenant.workspace_members to bulkhead_api;
grant update (role_id) on tenant.workspace_members to bulkhead_api;
grant select, insert on tenant.workspace_members to bulkhead_definer;

-- The permission functions look a caller's workspaces up; founding makes the first member.
create policy workspace_members_definer on tenant.workspace_members for all to bulkhead_definer
    using (true) with check (true);
