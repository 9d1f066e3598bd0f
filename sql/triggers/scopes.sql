-- t30_scopes_known: a scope nobody knows would silently permit nothing.
set local role bulkhead_definer;

create function app.check_scopes() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if exists (
        select from unnest(new.scopes) as s (name)
        where s.name not in (select p.name from platform.permissions p))
    then
        raise exception 'a scope is not the name of a permission'
            using errcode = '23514', constraint = 'credentials_scopes_known', column = 'scopes';
    end if;
    return null;
end
$$;
grant execute on function app.check_scopes() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_scopes_known after insert on platform.credentials
    for each row when (new.scopes is not null) execute function app.check_scopes();
