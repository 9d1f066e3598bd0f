-- Partitions of the history: a month each, three years ahead, and one for what fits in none.
--
-- Nobody but a migration makes tables, so they are made long ahead: `platformctl migrate` makes
-- more when less than two years are left, and `doctor` asks for it in time. Until then nothing is
-- lost: the last partition takes every row, and those rows get their month here.
set local role bulkhead_owner;

do $$
declare
    parent text;
    key text;
    strayed boolean;
    months constant text := $sql$
        select m at time zone 'UTC' from generate_series(
            date_trunc('month', now() at time zone 'UTC'),
            date_trunc('month', now() at time zone 'UTC') + interval '36 months',
            interval '1 month') m $sql$;
    month timestamptz;
begin
    foreach parent in array array['events', 'event_pii'] loop
        key := case parent when 'events' then 'id' else 'event_id' end;
        -- As their owner: no policy stands yet, and it would hide the rows that are moved.
        execute format('alter table audit.%I no force row level security', parent);
        execute format('create table if not exists audit.%I partition of audit.%I default',
            parent || '_later', parent);
        execute format('alter table audit.%I no force row level security', parent || '_later');
        execute format('select exists (select from audit.%I)', parent || '_later') into strayed;
        if strayed then
            execute format('alter table audit.%I detach partition audit.%I', parent,
                parent || '_later');
            execute format('alter table audit.%I rename to strays', parent || '_later');
            execute format('create table audit.%I partition of audit.%I default',
                parent || '_later', parent);
        end if;
        for month in execute months || case when strayed then format(
            'union select date_trunc(''month'', app.moment_of(%I) at time zone ''UTC'') '
            'at time zone ''UTC'' from audit.strays', key) else '' end
        loop
            execute format('create table if not exists audit.%I partition of audit.%I '
                'for values from (%L) to (%L)',
                parent || to_char(month at time zone 'UTC', '_YYYY_MM'), parent,
                app.first_id(month),
                app.first_id((month at time zone 'UTC' + interval '1 month') at time zone 'UTC'));
        end loop;
        if strayed then
            execute format('insert into audit.%I %s select * from audit.strays', parent,
                case parent when 'events' then 'overriding system value' else '' end);
            drop table audit.strays;
        end if;
        execute format('alter table audit.%I force row level security', parent);
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
