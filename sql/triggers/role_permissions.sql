-- t30_level_known: a permission is only granted at a level where it means something.
set local role bulkhead_definer;

create function app.check_permission_level() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    unknown record;
begin
    select c.permission, c.level into unknown
    from changed c
    where not exists (
        select from platform.permissions p
        where p.name = c.permission and c.level = any (p.levels))
    limit 1;
    if found then
        raise exception 'no permission % at level %', unknown.permission, unknown.level
            using errcode = '23514', constraint = 'role_permissions_permission_level';
    end if;
    return null;
end
$$;
grant execute on function app.check_permission_level() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_level_known after insert on tenant.role_permissions
    referencing new table as changed
    for each statement execute function app.check_permission_level();
create trigger t30_level_known_update after update on tenant.role_permissions
    referencing new table as changed
    for each statement execute function app.check_permission_level();
