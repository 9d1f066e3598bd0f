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
-- A column as it is compared where every difference counts: 1.0 and 1.00 are equal in jsonb, and
-- not the same.
create function app.exactly(name text, type oid) returns text
    language sql immutable
    return quote_ident(name) || case type when 'jsonb'::regtype then '::text' else '' end;
grant execute on function app.touch(), app.exactly(text, oid) to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    versioned record;
begin
    for versioned in
        select a.attrelid::regclass as name,
            (select string_agg('%1$s.' || app.exactly(o.attname, o.atttypid), ', ')
                from pg_attribute o
                where o.attrelid = a.attrelid and o.attnum > 0 and not o.attisdropped
                    and o.attgenerated = ''
                    and o.attname not in ('version', 'updated_at', 'due_at', 'failures',
                        'last_used_at')) as held
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
        where c.relnamespace in ('platform'::regnamespace, 'tenant'::regnamespace)
            and a.attname = 'version' and not a.attisdropped
            -- The list of migrations has a version too, and is not ours.
            and c.relname <> 'migrations'
    loop
        -- A change of nothing is none, byte for byte; nor is what is kept up to date for the gate,
        -- or for whoever looks at DNS, or that something was used.
        -- A role's permissions stand elsewhere, and its version counts their changes too.
        execute format('create trigger t10_touch before update on %s for each row when (%s) '
            'execute function app.touch()', versioned.name, case versioned.name::text
                when 'tenant.roles' then 'old.tenant_permissions = new.tenant_permissions '
                    'and old.tenant_state = new.tenant_state'
                else format('row(%s) is distinct from row(%s)', format(versioned.held, 'old'),
                    format(versioned.held, 'new')) end);
    end loop;
end
$$;
