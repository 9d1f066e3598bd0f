-- Roles by name, and what a role permits as one set.
set local role bulkhead_definer;

-- The id of this tenant's role of that name; null for null, an error for a name nobody has.
create function app.role_named(name text) returns uuid
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    found_one uuid;
begin
    select r.id into found_one from tenant.roles r
    where r.tenant_id = app.tenant_id() and r.name = $1;
    if found_one is null and $1 is not null then
        raise exception 'this tenant has no role of that name'
            using errcode = '22023', constraint = 'roles_name_exists', column = 'role';
    end if;
    return found_one;
end
$$;

-- Makes exactly these permissions the role's at that level; null leaves them. Runs as its caller,
-- so the policies of tenant.role_permissions decide about each row.
create function app.set_role_permissions(role_id uuid, level text, permissions text[])
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    -- Before anything is taken away: it may be what lets the caller see the rest.
    before constant text[] := array(
        select p.permission from tenant.role_permissions p
        where p.tenant_id = app.tenant_id() and p.role_id = $1 and p.level = $2);
begin
    if exists (
        select from unnest($3) as wanted (name)
        where not exists (
            select from platform.permissions p
            where p.name = wanted.name and $2 = any (p.levels)))
    then
        raise exception 'not a permission of that level'
            using errcode = '23514', constraint = 'role_permissions_permission_level',
                column = $2 || '_permissions';
    end if;
    delete from tenant.role_permissions p
    where p.tenant_id = app.tenant_id() and p.role_id = $1 and p.level = $2
        and p.permission <> all ($3);
    if exists (
        select from tenant.role_permissions p
        where p.tenant_id = app.tenant_id() and p.role_id = $1 and p.level = $2
            and p.permission <> all ($3))
    then
        -- The policy leaves in place what the caller may not take away.
        raise exception 'the role permits what the caller does not hold, and so can not take away'
            using errcode = '42501', constraint = 'role_permissions_above_own';
    end if;
    insert into tenant.role_permissions (tenant_id, role_id, level, permission)
    select distinct app.tenant_id(), $1, $2, wanted.name from unnest($3) as wanted (name)
    where wanted.name <> all (before);
end
$$;

grant execute on function app.role_named(text), app.set_role_permissions(uuid, text, text[])
    to bulkhead_api;
