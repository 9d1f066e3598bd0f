-- t90_audit_truncate: an audited table is not emptied, since that would leave no event of any row.
--
-- Nothing of ours does it; the owner of the tables and a superuser could.
set local role bulkhead_definer;

create function app.refuse_emptying() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    raise exception 'TRUNCATE of %.% would leave no event: DELETE does', tg_table_schema,
        tg_table_name
        using errcode = '42501', constraint = 'audited_not_emptied';
end
$$;
grant execute on function app.refuse_emptying() to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    audited record;
begin
    for audited in
        select t.tgrelid::regclass as name from pg_trigger t where t.tgname = 't90_audit'
    loop
        execute format('create trigger t90_audit_truncate before truncate on %s '
            'for each statement execute function app.refuse_emptying()', audited.name);
    end loop;
end
$$;
