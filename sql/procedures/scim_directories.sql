-- SCIM directories: letting one in, taking its groups away, and giving it another token.
set local role bulkhead_definer;

-- Whether this token is good, for what is not looked up in any table.
create function app.scim_enter(hash bytea, request text[]) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return (app.admit_directory($1, $2)).id;
end
$$;

-- The team goes with the group, and what it was given with the team.
create function app.scim_delete_group(hash bytea, request text[], id uuid, versions integer[])
    returns table (refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
    grp constant tenant.scim_groups := app.scim_group_of(dir, $3);
begin
    if grp.version + (select t.version from tenant.teams t
        where t.tenant_id = grp.tenant_id and t.id = grp.team_id) <> all ($4)
    then
        refused := 'version_stale';
    else
        delete from tenant.teams t where t.tenant_id = grp.tenant_id and t.id = grp.team_id;
    end if;
    return next;
end
$$;

-- Gives a directory another token; the one that it had is nothing at once. Whoever holds a token
-- can give what the directory gives, so nobody gets one who could not give all that; and they
-- answer for it from then on.
create function app.rotate_scim_token(id uuid, hash bytea, expires_at timestamptz) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_with('scim_directory.update');
    known uuid;
begin
    if here is null then
        raise exception 'another token needs scim_directory.update'
            using errcode = '42501', constraint = 'scim_directories_update';
    end if;
    select d.id into known from tenant.scim_directories d
    where d.tenant_id = here and d.id = $1
    for no key update;
    if not found then
        raise exception 'no such directory' using errcode = 'P0002';
    elsif exists (
        select d.role_id from tenant.scim_directories d where d.tenant_id = here and d.id = $1
        union all
        select g.role_id from tenant.scim_groups g
        where g.tenant_id = here and g.directory_id = $1 and g.role_id is not null
        except
        select app.assignable_roles())
        or exists (
            select from tenant.scim_groups g
            where g.tenant_id = here and g.directory_id = $1 and not app.may_join(g.team_id))
    then
        raise exception 'the directory gives what holds permissions the caller does not'
            using errcode = '42501', constraint = 'scim_directories_role_id_above_own';
    end if;
    update tenant.scim_directories d
    set hash = $2, token_at = now(), expires_at = coalesce($3, now() + interval '366 days'),
        answered_by = app.user_id()
    where d.tenant_id = here and d.id = $1;
    return known;
end
$$;

grant execute on function
    app.scim_enter(bytea, text[]),
    app.scim_create_group(bytea, text[], text, text, uuid[]),
    app.scim_write_group(bytea, text[], uuid, integer[], text, text, boolean, uuid[], uuid[],
        uuid[]),
    app.scim_delete_group(bytea, text[], uuid, integer[])
    to bulkhead_api;
grant execute on function app.rotate_scim_token(uuid, bytea, timestamptz) to bulkhead_api;
