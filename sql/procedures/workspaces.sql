-- Workspaces: founding one makes its founder its owner, in one act.
set local role bulkhead_definer;

-- A procedure, because the founder may only see the workspace once they are in it.
create function app.create_workspace(name text, description text) returns setof tenant.workspaces
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_id();
    me constant uuid := app.member_id();
    founded tenant.workspaces;
begin
    if not coalesce(app.holds('workspace.create'), false) then
        raise exception 'founding a workspace needs workspace.create'
            using errcode = '42501', constraint = 'workspaces_insert';
    end if;
    insert into tenant.workspaces (tenant_id, name, description, created_by)
    values (here, $1, coalesce($2, ''), me)
    returning * into founded;
    insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
    select here, founded.id, me, r.id
    from tenant.roles r where r.tenant_id = here and r.builtin and r.name = 'owner';
    return next founded;
end
$$;

grant execute on function app.create_workspace(text, text) to bulkhead_api;
