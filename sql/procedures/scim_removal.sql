-- SCIM removal: how a directory's people go, and what ends with them.
set local role bulkhead_definer;

-- Ends the keys and sessions of a user that are bound to the tenant.
create function app.end_bound(tenant uuid, person uuid) returns void
    language sql volatile
    set search_path = ''
begin atomic
    update platform.credentials c set revoked_at = now()
    where uuid_send(c.user_id) = uuid_send($2) and c.tenant_id = $1 and c.revoked_at is null;
end;

-- Tells that somebody stayed whom a directory wanted out; any other refusal goes on.
create function app.tell_kept(tenant uuid, person uuid, act text, why text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if why <> 'members_last_owner' then
        raise exception 'the member''s state refuses' using errcode = '55000', constraint = why;
    end if;
    perform app.count_up($1, app.pseudonym_of($1, app.user_id()), app.context(), 'denied', $3, null,
        app.pseudonym_of($1, $2), json_build_object('code', why)::text, 1, 10);
end
$$;

-- Makes the member what the directory says. What is bound to the tenant ends in any case with
-- whoever is not active: that the last owner stays is answered, and keeps nothing alive. Only what
-- the directory has blocked it lets in again.
create function app.set_provisioned(su tenant.scim_users, active boolean) returns text
    language plpgsql volatile
    set search_path = ''
as $$
declare
    refused text;
begin
    if not $2 then
        perform app.end_bound(su.tenant_id, su.user_id);
        begin
            update tenant.members m set state = 'deactivated'
            where m.tenant_id = su.tenant_id and m.user_id = su.user_id and m.state = 'active';
        exception when object_not_in_prerequisite_state then
            get stacked diagnostics refused = constraint_name;
            perform app.tell_kept(su.tenant_id, su.user_id, 'member.update', refused);
        end;
    elsif su.blocked then
        update tenant.members m set state = 'active'
        where m.tenant_id = su.tenant_id and m.user_id = su.user_id
            and not exists (
                select from tenant.scim_users o
                where o.tenant_id = su.tenant_id and o.user_id = su.user_id
                    and o.id <> su.id and not o.active);
    end if;
    return refused;
end
$$;

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
    kept boolean;
begin
    su := app.scim_user_of(dir, $3);
    if su.version <> all ($4) then
        refused := 'version_stale';
        return next;
        return;
    end if;
    perform app.end_bound(su.tenant_id, su.user_id);
    select m.state = 'deactivated' and not su.blocked or exists (
            select from tenant.scim_users o
            where o.tenant_id = su.tenant_id and o.user_id = su.user_id and o.id <> su.id)
    into kept
    from tenant.members m where m.tenant_id = su.tenant_id and m.user_id = su.user_id
    for update;
    if kept then
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
