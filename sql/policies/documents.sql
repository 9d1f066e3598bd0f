-- tenant.documents: who may read, write, move and remove documents.
--
-- Tenancy is one restrictive policy: Postgres ANDs it with all below, so no permissive policy,
-- however wrong, shows one tenant's rows to another. Permission is one policy a command, each
-- asking one permission three ways, cheapest first: tenant-wide, in the workspace, by a share.
set local role bulkhead_owner;

create policy documents_tenancy on tenant.documents
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy documents_select on tenant.documents for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('document.read'))
        or workspace_id = any ((select app.workspaces_with('document.read'))::uuid[])
        or id = any ((select app.documents_with('document.read'))::uuid[])
    );

-- Authorship is never claimed for another: the audit trail relies on it.
create policy documents_insert on tenant.documents for insert to bulkhead_api
    with check (
        created_by = (select app.user_id())
        and (
            tenant_id = (select app.tenant_with('document.create'))
            or workspace_id = any ((select app.workspaces_with('document.create'))::uuid[])
        )
    );

-- A move to another workspace asks more: triggers/move_document.sql.
create policy documents_update on tenant.documents for update to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('document.update'))
        or workspace_id = any ((select app.workspaces_with('document.update'))::uuid[])
        or id = any ((select app.documents_with('document.update'))::uuid[])
    )
    with check (
        tenant_id = (select app.tenant_with('document.update'))
        or workspace_id = any ((select app.workspaces_with('document.update'))::uuid[])
        or id = any ((select app.documents_with('document.update'))::uuid[])
    );

create policy documents_delete on tenant.documents for delete to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('document.delete'))
        or workspace_id = any ((select app.workspaces_with('document.delete'))::uuid[])
        or id = any ((select app.documents_with('document.delete'))::uuid[])
    );

-- Columns, not tables: key, tenant and author never change hands.
grant select, delete on tenant.documents to bulkhead_api;
grant insert (tenant_id, workspace_id, title, body, metadata, created_by)
    on tenant.documents to bulkhead_api;
grant update (workspace_id, title, body, metadata) on tenant.documents to bulkhead_api;
grant select (tenant_id, id, workspace_id, created_by) on tenant.documents to bulkhead_definer;

-- platformctl context explain asks the policies about one row: its keys, never what it says.
create policy documents_definer on tenant.documents for select to bulkhead_definer
    using (true);
