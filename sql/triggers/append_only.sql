-- The history is appended to: no row of it is changed, whoever asks; event_pii alone may lose rows,
-- when a person is erased. Ownership is the boundary that counts: an owner can take these away.
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
            case when c.relispartition then substring(c.relname from '^(events|event_pii)')
                else c.relname::text end as of
        from pg_class c
        where c.relnamespace = 'audit'::regnamespace and c.relkind in ('r', 'p')
            -- How far sealing has come moves on.
            and c.relname not in ('progress', 'trees')
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
end
$$;

-- Nor does a pseudonym ever become somebody else's.
create trigger t10_append_only before update on keystore.pseudonyms
    for each row execute function app.refuse_rewriting('pseudonyms');
create trigger t10_append_only before update on keystore.salts
    for each row execute function app.refuse_rewriting('salts');
