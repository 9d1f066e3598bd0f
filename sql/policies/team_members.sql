-- tenant.team_members: who may see and change who is in a team.
set local role bulkhead_owner;

create policy team_members_tenancy on tenant.team_members
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy team_members_select on tenant.team_members for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('team.read'))
        or team_id in (select app.my_teams())
    );

-- Letting somebody in gives them all the team has, so the caller must be able to give all that.
create policy team_members_insert on tenant.team_members for insert to bulkhead_api
    with check (
        tenant_id = (select app.tenant_with('team.update'))
        and app.may_join(team_id)
    );

-- Anyone may leave, but where a directory says who is in: triggers/scim.sql.
create policy team_members_delete on tenant.team_members for delete to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('team.update'))
        or user_id = (select app.self_id())
    );

grant select, delete on tenant.team_members to bulkhead_api;
grant insert (tenant_id, team_id, user_id) on tenant.team_members to bulkhead_api;
grant select, insert, delete on tenant.team_members to bulkhead_definer;

-- The permission functions look a caller's teams up; a directory keeps its groups'.
create policy team_members_definer on tenant.team_members for all to bulkhead_definer
    using (true) with check (true);
