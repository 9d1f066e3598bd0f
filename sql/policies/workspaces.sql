-- tenant.workspaces: who may see, rename and delete workspaces. They are founded by
-- app.create_workspace().
set local role bulkhead_owner;

create policy workspaces_tenancy on tenant.workspaces
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy workspaces_select on tenant.workspaces for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('workspace.read'))
        or id = any ((select app.workspaces_with('workspace.read'))::uuid[])
    );

create policy workspaces_update on tenant.workspaces for update to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('workspace.update'))
        or id = any ((select app.workspaces_with('workspace.update'))::uuid[])
    );

create policy workspaces_delete on tenant.workspaces for delete to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('workspace.delete'))
        or id = any ((select app.workspaces_with('workspace.delete'))::uuid[])
    );

grant select, delete on tenant.workspaces to bulkhead_api;
grant update (name, description) on tenant.workspaces to bulkhead_api;
grant insert on tenant.workspaces to bulkhead_definer;
grant select on tenant.workspaces to bulkhead_definer;

-- Founding: app.create_workspace().
create policy workspaces_definer on tenant.workspaces for all to bulkhead_definer
    using (true) with check (true);
