-- t30_level_known: a permission is only granted at a level where it means something.
set local role bulkhead_definer;

create function app.check_permission_level() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if not exists (
        select from platform.permissions p
        where p.name = new.permission and new.level = any (p.levels))
    then
        raise exception 'no permission % at level %', new.permission, new.level
            using errcode = '23514', constraint = 'role_permissions_permission_level';
    end if;
    return null;
end
$$;
grant execute on function app.check_permission_level() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_level_known after insert or update on tenant.role_permissions
    for each row execute function app.check_permission_level();
