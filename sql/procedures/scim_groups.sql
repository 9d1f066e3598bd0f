-- SCIM groups: what a directory does with the teams that it keeps.
set local role bulkhead_definer;

-- One of the directory's own, locked, so that those who change it at once take turns.
create function app.scim_group_of(dir tenant.scim_directories, id uuid) returns tenant.scim_groups
    language plpgsql volatile
    set search_path = ''
as $$
declare
    found_one tenant.scim_groups;
begin
    select g.* into found_one from tenant.scim_groups g
    where g.tenant_id = dir.tenant_id and g.directory_id = dir.id and g.id = $2
    for update;
    if not found then
        raise exception 'no such group' using errcode = 'P0002';
    end if;
    return found_one;
end
$$;

-- Puts users of the directory into a group; those who are in it stay. Each is a row of its own.
create function app.scim_join(grp tenant.scim_groups, members uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if exists (
        select from unnest($2) as wanted (id)
        where not exists (
            select from tenant.scim_users su
            where su.tenant_id = grp.tenant_id and su.directory_id = grp.directory_id
                and su.id = wanted.id))
    then
        raise exception 'not a user of this directory'
            using errcode = '23514', constraint = 'scim_group_members_value_exists',
                column = 'members.value';
    end if;
    insert into tenant.team_members (tenant_id, team_id, user_id)
    select grp.tenant_id, grp.team_id, su.user_id from tenant.scim_users su
    where su.tenant_id = grp.tenant_id and su.id = any ($2)
    order by su.id
    on conflict on constraint team_members_user_id_unique do nothing;
    insert into tenant.scim_group_members (tenant_id, group_id, scim_user_id, team_id, user_id)
    select grp.tenant_id, grp.id, su.id, grp.team_id, su.user_id from tenant.scim_users su
    where su.tenant_id = grp.tenant_id and su.id = any ($2)
    order by su.id
    on conflict do nothing;
    if (select count(*) from tenant.scim_group_members m
        where m.tenant_id = grp.tenant_id and m.group_id = grp.id) > 10000
    then
        raise exception 'a group has ten thousand members at most'
            using errcode = '55000', constraint = 'scim_groups_limit';
    end if;
end
$$;

create function app.scim_create_group(
    hash bytea, request text[], display_name text, external_id text, members uuid[]
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
    made tenant.scim_groups;
    team uuid;
begin
    -- Never a team that is there already: it may have been given what the directory could not give.
    insert into tenant.teams (tenant_id, name, created_by)
    values (dir.tenant_id, $3, dir.created_by)
    returning id into team;
    insert into tenant.scim_groups (tenant_id, directory_id, team_id, external_id)
    values (dir.tenant_id, dir.id, team, $4)
    returning * into made;
    perform app.scim_join(made, $5);
    return made.id;
end
$$;

-- Changes a group, if it is still at one of these versions (null: any): its name, unless that is
-- null; its external id, if `renumber`; and who is in it: `only` these, unless that is null, then
-- also `adds`, then not `removes`. Answers why not.
create function app.scim_write_group(
    hash bytea, request text[], id uuid, versions integer[], display_name text, external_id text,
    renumber boolean, only_these uuid[], adds uuid[], removes uuid[]
) returns table (refused text)
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
        return next;
        return;
    end if;
    update tenant.teams t set name = $5
    where t.tenant_id = grp.tenant_id and t.id = grp.team_id and t.name <> $5;
    update tenant.scim_groups g set external_id = $6
    where g.tenant_id = grp.tenant_id and g.id = grp.id and $7;
    delete from tenant.team_members t
    where (t.tenant_id, t.team_id, t.user_id) in (
        select m.tenant_id, m.team_id, m.user_id from tenant.scim_group_members m
        where m.tenant_id = grp.tenant_id and m.group_id = grp.id
            and (m.scim_user_id = any ($10) or m.scim_user_id <> all ($8)));
    perform app.scim_join(grp, coalesce($8, '{}') || coalesce($9, '{}'));
    return next;
end
$$;
