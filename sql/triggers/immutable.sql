-- t20_immutable: a row never changes its tenant, whoever asks. Column grants say so to the planes;
-- this says so to definer functions and migrations too.
set local role bulkhead_definer;

create function app.refuse_tenant_change() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    raise exception 'a row of %.% can not change its tenant', tg_table_schema, tg_table_name
        using errcode = '42501', constraint = tg_table_name || '_tenant_id_immutable';
end
$$;
grant execute on function app.refuse_tenant_change() to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    owned regclass;
begin
    for owned in
        select c.oid::regclass from pg_class c
        where c.relnamespace = 'tenant'::regnamespace
            and c.relkind in ('r', 'p') and not c.relispartition
    loop
        execute format('create trigger t20_immutable before update on %s for each row '
            'when (old.tenant_id is distinct from new.tenant_id) '
            'execute function app.refuse_tenant_change()', owned);
    end loop;
end
$$;
