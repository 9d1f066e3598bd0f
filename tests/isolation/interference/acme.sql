-- What acme has in both worlds beside world.sql: enough for pages, at moments that differ.

set session_replication_role = replica; -- moments and versions as they are written here

create or replace procedure pg_temp.recording(how text) language plpgsql as $$
declare
    audited regclass;
begin
    for audited in select tgrelid from pg_trigger where tgname = 't90_audit' loop
        execute format('alter table %s %s trigger t90_audit', audited, how);
    end loop;
end
$$;

-- Events are drawn at random in each world; those of world.sql are the same in both.
call pg_temp.recording('disable');

create or replace function pg_temp.id(name text) returns uuid language sql immutable
    return encode(substr(sha256(convert_to(name, 'UTF8')), 1, 16), 'hex')::uuid;

insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by)
select pg_temp.id('acme'), pg_temp.id('acme/document/' || n),
    pg_temp.id('acme/workspace/' || (array['plans', 'vault'])[1 + n % 2]), 'Note ' || n,
    'acme canary ' || n, pg_temp.id('acme.' || (array['owner', 'member'])[1 + n % 2])
from generate_series(1, 12) as n;

-- To the second, and no two rows of a table alike.
do $$
declare
    dated regclass;
begin
    for dated in
        select a.attrelid::regclass from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relnamespace = 'tenant'::regnamespace
        where a.attname = 'updated_at'
    loop
        execute format(
            'update %1$s t set created_at = made.at, updated_at = made.at + ''1 hour''
             from (select ctid, ''2026-01-01''::timestamptz
                    + row_number() over (order by x::text) * interval ''1 minute'' as at
                from %1$s x where tenant_id = pg_temp.id(''acme'')) made
             where made.ctid = t.ctid', dated);
    end loop;
end
$$;
update platform.tenants set created_at = '2026-01-01', updated_at = '2026-01-02'
where slug = 'acme';

call pg_temp.recording('enable always');
set session_replication_role = origin;
