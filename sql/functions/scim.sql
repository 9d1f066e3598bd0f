-- SCIM: who comes with a directory's token, and whom a directory may take for whom.
set local role bulkhead_definer;

-- The roles that the caller may have a directory give: those they could give themselves, but never
-- that of the owners, whom no directory makes or unmakes.
create function app.provisionable_roles() returns setof uuid
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select r.id from tenant.roles r
    where r.tenant_id = app.tenant_id() and not (r.builtin and r.name = 'owner')
        and r.id in (select app.assignable_roles());
end;

-- Does somebody answer for a directory's token? Whoever made it must still be let make one, and
-- hold all that the directory gives: a token is worth no more than its maker is now. Believes its
-- arguments: for other definer functions only.
create function app.answers_for(tenant uuid, person uuid, directory uuid, role uuid)
    returns boolean
    language plpgsql stable parallel restricted
    set search_path = ''
as $$
begin
    return exists (
        select from tenant.members m
        join platform.users u on u.id = m.user_id and u.state = 'active'
        join tenant.roles held on held.tenant_id = m.tenant_id and held.id = m.role_id
        where m.tenant_id = $1 and m.user_id = $2 and m.state = 'active'
            and string_to_array(held.tenant_permissions, ',')
                && array['scim_directory_create', 'scim_directory_update']
            and not exists (
                select from tenant.roles given
                where given.tenant_id = $1
                    and (given.id = $4 or given.id in (
                        select g.role_id from tenant.scim_groups g
                        where g.tenant_id = $1 and g.directory_id = $3))
                    and not app.covers(held.tenant_permissions, given.tenant_permissions)));
end
$$;

-- The same, for whoever may see the directory, of what stands in its row.
create function app.is_answered(directory uuid, answered_by uuid, role uuid) returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select app.answers_for(app.tenant_with('scim_directory.read'), $2, $1, $3);
end;

-- The context of a directory: no role, and so no right but what the functions that it is let into
-- do for it.
create function app.as_directory(tenant uuid, directory uuid, request text[]) returns text
    language sql stable
    set search_path = ''
begin atomic
    select concat('bulkhead_', replace(tenant::text, '-', ''), repeat('0', 32), 's',
        replace(concat(directory, directory), '-', ''), repeat('0', 64), 'd', ' ',
        -- No more than the gate would let into a context.
        encode(convert_to(array(select left(request[n], 250) from generate_series(1, 8) n
            order by n)::text, 'UTF8'), 'hex'));
end;

-- The directory whose token's hash is given, which the transaction speaks for from then on. Its row
-- says which tenant that is, and nothing else does. For other definer functions only.
create function app.admit_directory(hash bytea, request text[]) returns tenant.scim_directories
    language plpgsql volatile
    set search_path = ''
as $$
declare
    found_one tenant.scim_directories;
    standing text;
begin
    if app.context() is not null then
        raise exception 'this transaction already speaks for somebody'
            using errcode = '42501', constraint = 'context_sealed';
    elsif current_setting('transaction_isolation') <> 'read committed' then
        -- An older snapshot would keep alive what has been revoked since.
        raise exception 'the gate opens at isolation level read committed only'
            using errcode = '25001', constraint = 'context_isolation';
    end if;
    select d.* into found_one
    from tenant.scim_directories d
    where encode(d.hash, 'hex') = encode($1, 'hex') and d.state = 'active'
        and d.expires_at > now();
    if not found then
        raise exception 'the credential is not valid'
            using errcode = '28000', constraint = 'credential_invalid';
    elsif not app.answers_for(found_one.tenant_id, found_one.answered_by, found_one.id,
        found_one.role_id)
    then
        raise exception 'nobody answers for this token any more'
            using errcode = '28000', constraint = 'scim_directories_unanswered';
    end if;
    select t.state into standing from platform.tenants t where t.id = found_one.tenant_id;
    if standing <> 'active' then
        raise exception 'the tenant is %', standing
            using errcode = '42501', constraint = 'tenant_suspended';
    end if;
    perform app.wear(app.as_directory(found_one.tenant_id, found_one.id, $2));
    if coalesce(found_one.last_used_at < now() - interval '5 minutes', true) then
        update tenant.scim_directories d set last_used_at = now()
        where (d.tenant_id, d.id) in (
            select o.tenant_id, o.id from tenant.scim_directories o
            where o.tenant_id = found_one.tenant_id and o.id = found_one.id
            for no key update skip locked);
    end if;
    return found_one;
end
$$;

grant execute on function app.provisionable_roles(), app.is_answered(uuid, uuid, uuid)
    to bulkhead_api;
