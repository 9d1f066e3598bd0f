-- t10_touch: every change of a row with a version counts it up and dates it. The version is the
-- row's ETag, so it must not depend on a client.
set local role bulkhead_definer;

create function app.touch() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
end
$$;
grant execute on function app.touch() to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    versioned regclass;
begin
    for versioned in
        select a.attrelid::regclass
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
        where c.relnamespace in ('platform'::regnamespace, 'tenant'::regnamespace)
            and a.attname = 'version' and not a.attisdropped
            -- The list of migrations has a version too, and is not ours.
            and c.relname <> 'migrations'
    loop
        -- What is kept up to date for the gate is no change of anybody's.
        execute format('create trigger t10_touch before update on %s for each row %s '
            'execute function app.touch()', versioned, case versioned::text
                when 'tenant.roles' then 'when (old.tenant_permissions = new.tenant_permissions '
                    'and old.tenant_state = new.tenant_state)'
                else '' end);
    end loop;
end
$$;
