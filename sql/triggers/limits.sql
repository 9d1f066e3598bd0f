-- t30_limit: a tenant has no more of these than a page can show and a sign-in or a worker looks
-- through in good time.
set local role bulkhead_definer;

create function app.limit_rows() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    most constant integer := tg_argv[1];
    kept boolean;
begin
    -- Two who add at once must queue here, or both would find room for one.
    perform from platform.tenants t where t.id = new.tenant_id for no key update;
    execute format('select count(*) <= $2 from tenant.%I r where r.tenant_id = $1', tg_table_name)
    into kept using new.tenant_id, most;
    if not kept then
        raise exception 'a tenant has at most % %', most, replace(tg_table_name, '_', ' ')
            using errcode = '55000', constraint = tg_argv[0];
    end if;
    return null;
end
$$;

-- The same of what a directory makes. They do not queue: a few too many who come at once are less
-- than all of a directory's people one after the other.
create function app.limit_provisioned() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    most constant integer := tg_argv[1];
    kept boolean;
begin
    execute format('select count(*) <= $3 from (select from tenant.%I r '
        'where r.tenant_id = $1 and r.directory_id = $2 limit $3 + 1) c', tg_table_name)
    into kept using new.tenant_id, new.directory_id, most;
    if not kept then
        raise exception 'a directory has at most % %', most, replace(tg_table_name, '_', ' ')
            using errcode = '55000', constraint = tg_argv[0];
    end if;
    return null;
end
$$;
grant execute on function app.limit_rows(), app.limit_provisioned() to bulkhead_owner;

set local role bulkhead_owner;
-- After the policies: before them it would tell strangers how many there are.
do $$
declare
    kind name;
    code text;
    most integer;
begin
    for kind, code, most in
        values ('connections', 'connections_limit', 20),
            ('connection_roles', 'connection_roles_limit', 500),
            ('domains', 'domains_limit', 20),
            ('scim_directories', 'scim_directories_limit', 10)
    loop
        execute format('create trigger t30_limit after insert on tenant.%I for each row '
            'execute function app.limit_rows(%L, %L)', kind, code, most);
    end loop;
end
$$;
create trigger t30_limit after insert on tenant.scim_users for each row
    execute function app.limit_provisioned('scim_directories_users_limit', 100000);
create trigger t30_limit after insert on tenant.scim_groups for each row
    execute function app.limit_provisioned('scim_directories_groups_limit', 10000);
