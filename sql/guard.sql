-- Guard: what keeps the history is changed by `platformctl migrate` alone.
--
-- Event triggers, which only a superuser makes, and so takes away. The migration takes them away
-- first and makes them again last, in one transaction: there is no marker that anybody could forge,
-- and nobody else ever sees the database without them. Their functions stand in a schema of that
-- superuser, since whoever owns schema app could replace or drop them there. Where nobody may make
-- event triggers, the catalog check stands in.
reset role;

do $do$
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        raise notice 'no event trigger without a superuser: migrate and doctor check the catalog';
        return;
    end if;
    create schema bulkhead_guard;
    comment on schema bulkhead_guard is 'What refuses to let the history be unlocked by hand.';

    create function bulkhead_guard.watch_drops() returns event_trigger
        language plpgsql
        set search_path = ''
    as $$
    declare
        touched text;
    begin
        select d.object_identity into touched
        from pg_event_trigger_dropped_objects() d
        where d.address_names[1] in ('audit', 'keystore', 'app', 'review')
            or (d.address_names[1] in ('platform', 'tenant')
                and (d.object_type = 'policy'
                    or (d.object_type = 'trigger' and d.address_names[3] like 't90\_audit%')))
        limit 1;
        if found then
            raise exception '% of %: what keeps the history is changed by `platformctl migrate`',
                tg_tag, touched
                using errcode = '42501', constraint = 'history_guarded';
        end if;
    end
    $$;

    create function bulkhead_guard.watch_changes() returns event_trigger
        language plpgsql
        set search_path = ''
    as $$
    declare
        touched text;
    begin
        select d.object_identity into touched
        from (
            select d.*, coalesce(p.polrelid, t.tgrelid, r.ev_class,
                    case when d.classid = 'pg_class'::regclass then d.objid end) as on_table,
                t.tgfoid, d.classid = 'pg_policy'::regclass and d.command_tag = 'ALTER POLICY'
                    as policy_altered
            from pg_event_trigger_ddl_commands() d
            left join pg_policy p on p.oid = d.objid and d.classid = 'pg_policy'::regclass
            left join pg_trigger t on t.oid = d.objid and d.classid = 'pg_trigger'::regclass
            left join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        ) d
        left join pg_class c on c.oid = d.on_table
        left join pg_proc f on f.oid = d.objid and d.classid = 'pg_proc'::regclass
        left join pg_namespace n on n.oid = d.objid and d.classid = 'pg_namespace'::regclass
        where coalesce(c.relnamespace, f.pronamespace)::regnamespace::text
                in ('audit', 'keystore', 'app', 'review')
            -- A child's rows are its parent's.
            or exists (select from pg_inherits i join pg_class parent on parent.oid = i.inhparent
                where i.inhrelid = c.oid
                    and parent.relnamespace::regnamespace::text in ('audit', 'keystore'))
            or (c.relnamespace::regnamespace::text in ('platform', 'tenant')
                and (d.policy_altered
                    or (d.tgfoid <> 0 and exists (select from pg_proc f where f.oid = d.tgfoid
                        and f.pronamespace = to_regnamespace('app')))
                    or exists (select from pg_trigger t where t.tgrelid = c.oid
                        and t.tgname like 't90\_audit%' and t.tgenabled <> 'A')))
            -- Moved out of where it is watched, or renamed with all that is in it.
            or (d.command_tag like 'ALTER %' and (
                (f.proowner::regrole::text = 'bulkhead_definer')
                or (c.relowner::regrole::text = 'bulkhead_owner' and c.relnamespace::regnamespace
                    ::text not in ('platform', 'tenant'))
                or n.nspowner::regrole::text = 'bulkhead_owner'
                or n.nspname in ('audit', 'keystore', 'app', 'review', 'platform', 'tenant')))
        limit 1;
        if found then
            raise exception '% of %: what keeps the history is changed by `platformctl migrate`',
                tg_tag, touched
                using errcode = '42501', constraint = 'history_guarded';
        end if;
    end
    $$;

    revoke execute on all functions in schema bulkhead_guard from public;
    create event trigger bulkhead_history_drops on sql_drop
        execute function bulkhead_guard.watch_drops();
    create event trigger bulkhead_history_changes on ddl_command_end
        when tag in ('CREATE TABLE', 'ALTER TABLE', 'ALTER INDEX', 'ALTER VIEW', 'ALTER SEQUENCE',
            'CREATE TRIGGER', 'ALTER TRIGGER', 'CREATE RULE', 'ALTER RULE', 'CREATE POLICY',
            'ALTER POLICY', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE PROCEDURE',
            'ALTER PROCEDURE', 'ALTER ROUTINE', 'CREATE AGGREGATE', 'ALTER AGGREGATE',
            'CREATE VIEW', 'ALTER SCHEMA')
        execute function bulkhead_guard.watch_changes();
    -- Plain ones do not fire for a session that plays the replica.
    alter event trigger bulkhead_history_drops enable always;
    alter event trigger bulkhead_history_changes enable always;
end
$do$;
