-- Carries the permission catalogue into the reference tables and every tenant's built-in roles.
set local role bulkhead_definer;

-- Makes the built-in roles of these tenants what the template says.
create function app.sync_builtin_roles(tenants uuid[]) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into tenant.roles (tenant_id, name, builtin)
    select t.id, b.role, true
    from platform.tenants t
    cross join (select distinct role from platform.builtin_role_permissions) b
    where t.id = any ($1)
    on conflict (tenant_id, name) do nothing;

    delete from tenant.role_permissions p
    using tenant.roles r
    where r.tenant_id = p.tenant_id and r.id = p.role_id and r.builtin
        and r.tenant_id = any ($1)
        and not exists (
            select from platform.builtin_role_permissions b
            where b.role = r.name and b.level = p.level and b.permission = p.permission);

    insert into tenant.role_permissions (tenant_id, role_id, level, permission)
    select r.tenant_id, r.id, b.level, b.permission
    from tenant.roles r
    join platform.builtin_role_permissions b on b.role = r.name
    where r.builtin and r.tenant_id = any ($1)
    on conflict do nothing;
end;

create function app.sync_permissions() returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into platform.permissions (name, levels, description)
    select c.name, array_remove(array[
            case when c.tenant is not null then 'tenant' end,
            case when c.workspace is not null then 'workspace' end], null), c.description
    from app.permission_catalogue() c
    on conflict (name) do update
        set levels = excluded.levels, description = excluded.description;

    delete from platform.builtin_role_permissions;
    insert into platform.builtin_role_permissions (role, level, permission)
    select r.role, held.level, held.permission
    from (values ('o', 'owner'), ('a', 'admin'), ('m', 'member'), ('v', 'viewer'),
            ('g', 'guest'), ('u', 'auditor')) as r (initial, role)
    join (
            select 'tenant', c.tenant, c.name from app.permission_catalogue() c
            union all
            select 'workspace', c.workspace, c.name from app.permission_catalogue() c
        ) as held (level, initials, permission) on strpos(held.initials, r.initial) > 0;

    delete from platform.share_permissions;
    insert into platform.share_permissions (access, permission)
    select a.access, c.name
    from (values ('r', 'read'), ('w', 'write'), ('m', 'manage')) as a (initial, access)
    join app.permission_catalogue() c on strpos(c.access, a.initial) > 0;

    -- A permission the catalogue no longer knows leaves every role with it.
    delete from tenant.role_permissions p
    where p.permission not in (select c.name from app.permission_catalogue() c);
    delete from platform.permissions p
    where p.name not in (select c.name from app.permission_catalogue() c);

    select app.sync_builtin_roles(array(select t.id from platform.tenants t));
end;

grant execute on function app.sync_permissions() to bulkhead_owner;
