-- Event trigger: a tenant table is born locked, and stays locked.
--
-- Creating an event trigger needs a superuser. Where the server gives none, `platformctl migrate`
-- and `platformctl doctor` make the same check of the catalog and fail.
set local role bulkhead_definer;

create function app.guard_tenant_tables() returns event_trigger
    language plpgsql
    set search_path = ''
as $$
declare
    made record;
begin
    for made in
        select c.oid, c.oid::regclass as name, d.command_tag
        from pg_event_trigger_ddl_commands() d
        join pg_class c on c.oid = d.objid and d.classid = 'pg_class'::regclass
        where c.relnamespace = 'tenant'::regnamespace
            and c.relkind in ('r', 'p', 'f', 'm', 'v', 'S')
    loop
        if not exists (
            select from pg_class c where c.oid = made.oid and c.relkind in ('r', 'p'))
        then
            raise exception '%: schema tenant holds tables only', made.name
                using errcode = '42501', constraint = 'tenant_tables_only';
        end if;
        if not exists (
            select from pg_index i
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = made.oid and i.indisprimary and a.attname = 'tenant_id'
                and a.atttypid = 'uuid'::regtype and a.attnotnull)
        then
            raise exception '%: the primary key of a tenant table starts with tenant_id uuid',
                made.name
                using errcode = '42501', constraint = 'tenant_tables_tenant_id_first',
                    hint = 'Declare the primary key in CREATE TABLE: (tenant_id, id).';
        end if;
        if made.command_tag like 'CREATE TABLE%' or made.command_tag = 'SELECT INTO' then
            -- LIKE and CREATE TABLE AS copy no policies, so no table is trusted to bring its own.
            -- In one command, since the trigger fires for it too.
            execute format('alter table %s enable row level security, force row level security',
                made.name);
        elsif exists (
            -- As it is now: one CREATE TABLE is told of in several steps.
            select from pg_class c
            where c.oid = made.oid and not (c.relrowsecurity and c.relforcerowsecurity))
        then
            raise exception '%: row level security of a tenant table stays enabled and forced',
                made.name
                using errcode = '42501', constraint = 'tenant_tables_row_security',
                    hint = 'A backfill runs as a role named in the table''s policies instead.';
        end if;
    end loop;
end
$$;
grant execute on function app.guard_tenant_tables() to bulkhead_owner;

reset role;
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        create event trigger bulkhead_tenant_tables on ddl_command_end
            -- What is made elsewhere can be moved here.
            when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
                'CREATE VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE FOREIGN TABLE',
                'CREATE SEQUENCE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW',
                'ALTER FOREIGN TABLE', 'ALTER SEQUENCE', 'IMPORT FOREIGN SCHEMA')
            execute function app.guard_tenant_tables();
    else
        raise notice 'no event trigger without a superuser: migrate and doctor check the catalog';
    end if;
end
$$;
set local role bulkhead_owner;
