-- Event trigger: a plane can not take itself out of the policies that hold it.
--
-- Any role may DROP OWNED BY itself, which also strikes it from every policy that names it
-- (CVE-2026-116311); the next grant would then stand without its floor. Needs a superuser, as
-- tenant_tables.sql; elsewhere `platformctl doctor` finds a plane that has dropped out.
set local role bulkhead_definer;

create function app.guard_drop_owned() returns event_trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if session_user ~ '^bulkhead_' then
        raise exception 'a plane of Bulkhead drops nothing'
            using errcode = '42501', constraint = 'drop_owned_refused';
    end if;
end
$$;
grant execute on function app.guard_drop_owned() to bulkhead_owner;

reset role;
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        create event trigger bulkhead_drop_owned on ddl_command_start
            when tag in ('DROP OWNED')
            execute function app.guard_drop_owned();
    end if;
end
$$;
set local role bulkhead_owner;
