-- SCIM removal: how a directory's people go.
set local role bulkhead_definer;

-- Takes somebody out: of the tenant, unless another directory has them, too. Whom an admin has shut
-- out stays a member who is, or they would come back as somebody new.
create function app.scim_delete_user(hash bytea, request text[], id uuid, versions integer[])
    returns table (refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
    su tenant.scim_users;
    meant tenant.members;
begin
    su := app.scim_user_of(dir, $3);
    if su.version <> all ($4) then
        refused := 'version_stale';
        return next;
        return;
    end if;
    meant := app.lock_within_reach(su);
    if meant.state = 'deactivated' and not su.blocked or exists (
        select from tenant.scim_users o
        where o.tenant_id = su.tenant_id and o.user_id = su.user_id and o.id <> su.id)
    then
        perform app.end_bound(su.tenant_id, su.user_id);
        -- The teams that it put them into go with it.
        delete from tenant.team_members t
        where (t.tenant_id, t.user_id, t.team_id) in (
            select g.tenant_id, g.user_id, g.team_id from tenant.scim_group_members g
            where g.tenant_id = su.tenant_id and g.scim_user_id = su.id);
        delete from tenant.scim_users o where o.tenant_id = su.tenant_id and o.id = su.id;
    else
        begin
            delete from tenant.members m
            where m.tenant_id = su.tenant_id and m.user_id = su.user_id;
        exception when object_not_in_prerequisite_state then
            get stacked diagnostics refused = constraint_name;
            perform app.tell_kept(su.tenant_id, su.user_id, 'member.delete', refused);
        end;
    end if;
    return next;
end
$$;

grant execute on function app.scim_delete_user(bytea, text[], uuid, integer[]) to bulkhead_api;
