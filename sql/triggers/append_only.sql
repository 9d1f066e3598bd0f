-- The history is appended to: no row of it is changed, whoever asks; event_pii alone may lose rows,
-- when a person is erased. `always`, since plain triggers do not fire for a session that plays the
-- replica. Ownership is the boundary that counts: what gets past this, sealing finds.
set local role bulkhead_definer;

create function app.refuse_rewriting() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    raise exception '%.% is appended to, never changed', tg_table_schema, tg_table_name
        using errcode = '42501', constraint = tg_argv[0] || '_append_only';
end
$$;
grant execute on function app.refuse_rewriting() to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    kept record;
begin
    for kept in
        select c.oid::regclass as name, c.relispartition,
            substring(c.relname from '^(events|event_pii|policy_versions)') as of
        from pg_class c
        where c.relnamespace = 'audit'::regnamespace and c.relkind in ('r', 'p')
        order by c.relispartition
    loop
        if not kept.relispartition then
            -- Postgres copies a row's trigger to every partition, and no statement's.
            execute format('create trigger t10_append_only before %s on %s for each row '
                'execute function app.refuse_rewriting(%L)',
                case kept.of when 'event_pii' then 'update' else 'update or delete' end,
                kept.name, kept.of);
        end if;
        execute format('create trigger t10_not_emptied before truncate on %s '
            'execute function app.refuse_rewriting(%L)', kept.name, kept.of);
    end loop;
    for kept in
        select t.tgrelid::regclass as name, t.tgname from pg_trigger t
        where t.tgname in ('t10_append_only', 't10_not_emptied') and t.tgenabled <> 'A'
    loop
        execute format('alter table %s enable always trigger %I', kept.name, kept.tgname);
    end loop;
end
$$;

-- Nor does a pseudonym ever become somebody else's.
create trigger t10_append_only before update on keystore.pseudonyms
    for each row execute function app.refuse_rewriting('pseudonyms');
alter table keystore.pseudonyms enable always trigger t10_append_only;
