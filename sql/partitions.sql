-- Partitions of the history: a month each, three years ahead, and one for what fits in none.
--
-- Nobody but a migration makes tables, so they are made long ahead; `platformctl doctor` says when
-- they run out. Until then nothing is lost: the last partition takes every row.
set local role bulkhead_owner;

do $$
declare
    parent text;
    month timestamptz;
begin
    foreach parent in array array['events', 'event_pii'] loop
        if to_regclass(format('audit.%s_later', parent)) is null then
            execute format('create table audit.%I partition of audit.%I default',
                parent || '_later', parent);
        end if;
        for month in
            select m at time zone 'UTC' from generate_series(
                date_trunc('month', now() at time zone 'UTC'),
                date_trunc('month', now() at time zone 'UTC') + interval '36 months',
                interval '1 month') m
        loop
            execute format('create table if not exists audit.%I partition of audit.%I '
                'for values from (%L) to (%L)',
                parent || to_char(month at time zone 'UTC', '_YYYY_MM'), parent,
                app.first_id(month),
                app.first_id((month at time zone 'UTC' + interval '1 month') at time zone 'UTC'));
        end loop;
    end loop;
    for parent in
        select c.oid::regclass from pg_class c
        where c.relnamespace = 'audit'::regnamespace and c.relispartition and c.relkind = 'r'
            and not (c.relrowsecurity and c.relforcerowsecurity)
    loop
        execute format('alter table %s enable row level security, force row level security',
            parent);
    end loop;
end
$$;
