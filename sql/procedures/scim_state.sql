-- SCIM state: who of a directory's people is in and who is out, and what ends with them.
set local role bulkhead_definer;

-- One of the directory's own, locked; an error for anybody else's, and for nobody's, alike.
create function app.scim_user_of(dir tenant.scim_directories, id uuid) returns tenant.scim_users
    language plpgsql volatile
    set search_path = ''
as $$
declare
    found_one tenant.scim_users;
begin
    select su.* into found_one from tenant.scim_users su
    where su.tenant_id = dir.tenant_id and su.directory_id = dir.id and su.id = $2
    for update;
    if not found then
        raise exception 'no such user' using errcode = 'P0002';
    end if;
    return found_one;
end
$$;

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

-- Locks a directory's member, and refuses to end one who can do more than whoever answers for it.
create function app.lock_within_reach(su tenant.scim_users) returns tenant.members
    language plpgsql volatile
    set search_path = ''
as $$
declare
    meant tenant.members;
begin
    select m.* into meant from tenant.members m
    where m.tenant_id = su.tenant_id and m.user_id = su.user_id
    for update;
    if not exists (
        select from tenant.scim_directories d
        where d.tenant_id = su.tenant_id and d.id = su.directory_id
            and app.could_give(d.tenant_id, d.answered_by, meant.role_id))
    then
        raise exception 'this member can do more than whoever answers for the directory'
            using errcode = '42501', constraint = 'scim_users_above_answering';
    end if;
    return meant;
end
$$;

-- Makes the member what the directory says. What is bound to the tenant ends with whoever is out;
-- the last owner stays, with all that is theirs. Only what the directory has blocked it lets in
-- again.
create function app.set_provisioned(su tenant.scim_users, active boolean) returns text
    language plpgsql volatile
    set search_path = ''
as $$
declare
    refused text;
begin
    if not $2 then
        perform app.lock_within_reach(su);
        begin
            update tenant.members m set state = 'deactivated'
            where m.tenant_id = su.tenant_id and m.user_id = su.user_id and m.state = 'active';
            perform app.end_bound(su.tenant_id, su.user_id);
        exception when object_not_in_prerequisite_state then
            get stacked diagnostics refused = constraint_name;
            perform app.tell_kept(su.tenant_id, su.user_id, 'member.update', refused);
        end;
    elsif su.blocked then
        perform app.lock_within_reach(su);
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
