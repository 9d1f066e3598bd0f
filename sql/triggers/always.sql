-- The triggers of the history fire always: plain ones do not for a session that plays the replica.
set local role bulkhead_owner;

do $$
declare
    made record;
begin
    for made in
        select t.tgrelid::regclass as name, t.tgname from pg_trigger t
        where (t.tgname like 't90\_audit%' or t.tgname in ('t10_append_only', 't10_not_emptied'))
            and t.tgenabled <> 'A'
    loop
        execute format('alter table %s enable always trigger %I', made.name, made.tgname);
    end loop;
end
$$;
