-- tenant.teams: who may see, found, rename and dissolve teams.
set local role bulkhead_owner;

create policy teams_tenancy on tenant.teams
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy teams_select on tenant.teams for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('team.read'))
        or id in (select app.my_teams())
    );

create policy teams_insert on tenant.teams for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('team.create'))
        and created_by = (select app.user_id())
    );

create policy teams_update on tenant.teams for update to bulkhead_api
    using (tenant_id = (select app.tenant_with('team.update')));

create policy teams_delete on tenant.teams for delete to bulkhead_api
    using (tenant_id = (select app.tenant_with('team.delete')));

grant select, delete on tenant.teams to bulkhead_api;
grant insert (tenant_id, name, description, created_by) on tenant.teams to bulkhead_api;
grant update (name, description) on tenant.teams to bulkhead_api;
grant select (tenant_id, id, name, version, created_by, updated_at),
    insert (tenant_id, name, created_by), update (name), delete on tenant.teams
    to bulkhead_definer;

-- platformctl context explain asks the policies about one row: its keys, never what it says.
-- t30_team locks a team, which needs a right to update; a directory's groups are teams.
create policy teams_definer on tenant.teams for all to bulkhead_definer
    using (true) with check (true);
