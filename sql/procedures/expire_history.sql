-- Expiry: months of the history whose time is over lose their events and details. Leaves, roots and
-- whatever the history tells of itself stay, and an event of every tenant says which leaves it was.
set local role bulkhead_definer;

-- Months that are over before this moment.
create function app.months_over(before timestamptz)
    returns table (month text, first uuid, past uuid)
    language sql stable
    set search_path = ''
begin atomic
    select right(c.relname, 7), app.first_id(m.at), app.first_id(m.until)
    from pg_class c, lateral (
        select to_date(right(c.relname, 7), 'YYYY_MM')::timestamp at time zone 'UTC',
            (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
    ) m (at, until)
    where c.relnamespace = 'audit'::regnamespace and c.relispartition and c.relkind = 'r'
        and c.relname ~ '^events_\d{4}_\d\d$' and m.until <= least($1, now())
    order by 1;
end;

-- Those of them that still hold anything to lose.
create function app.expiring_months(before timestamptz)
    returns table (month text, first uuid, past uuid)
    language sql stable
    set search_path = ''
begin atomic
    select m.month, m.first, m.past from app.months_over($1) m
    where exists (select from audit.events e
        where e.id >= m.first and e.id < m.past and e.action not like 'history.%')
    order by 1;
end;

-- What of them must not go: what no anchored checkpoint covers, and what is not as it was sealed,
-- for which it is the only evidence. A hundred at most.
create function app.unexpirable(before timestamptz)
    returns table (tenant_id uuid, event_id uuid, problem text)
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.tenant_id, e.id, case when l.idx is null then 'it is not sealed'
        when l.idx >= coalesce(c.size, 0) then 'no anchored checkpoint covers it'
        else 'it is not what was sealed' end
    from app.expiring_months($1) m
    join audit.events e on e.id >= m.first and e.id < m.past
    left join audit.leaves l on l.tenant_id = e.tenant_id and l.event_id = e.id
    left join (
        select c.tenant_id, max(c.size) as size from audit.checkpoints c
        where c.epoch <= (select max(a.epoch) from audit.anchorings a)
        group by c.tenant_id) c on c.tenant_id = e.tenant_id
    where l.idx is null or l.idx >= coalesce(c.size, 0)
        or l.hash <> app.leaf_hash(app.event_record(e), l.commitments)
    union all
    -- As far as the salts are here.
    select p.tenant_id, p.event_id, 'its details are not what was sealed'
    from app.expiring_months($1) m
    join audit.event_pii p on p.event_id >= m.first and p.event_id < m.past
    join audit.leaves l on l.tenant_id = p.tenant_id and l.event_id = p.event_id
    join keystore.salts s on s.tenant_id = p.tenant_id and s.person = p.person
    where not app.is_committed(l.commitments, p.person, p.event_id, s.salt, p.content)
    limit 100;
end;

-- Leaves whose events have gone that way, as events say that come behind them: those among the
-- first so many leaves, or all. What one says is part of its own leaf, where a change shows.
create function app.expired_leaves(tenant uuid, size bigint)
    returns table (first bigint, last bigint)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    told record;
begin
    for told in
        select p.content, l.idx from audit.events e
        join audit.event_pii p on p.tenant_id = e.tenant_id and p.event_id = e.id
        left join audit.leaves l on l.tenant_id = e.tenant_id and l.event_id = e.id
        where e.tenant_id = $1 and e.action = 'history.expire'
            and ($2 is null or l.idx < $2)
    loop
        begin
            return query
                select (r.leaf ->> 0)::bigint, (r.leaf ->> 1)::bigint
                from json_array_elements((select s.value
                    from json_each(told.content::json) s where s.key = 'leaves')) r (leaf)
                where r.leaf::jsonb
                        = jsonb_build_array((r.leaf ->> 0)::bigint, (r.leaf ->> 1)::bigint)
                    and (r.leaf ->> 0)::bigint between 0 and (r.leaf ->> 1)::bigint
                    and (told.idx is null or (r.leaf ->> 1)::bigint < told.idx);
        exception when data_exception or cardinality_violation then
            -- Not what was written: nothing follows from it.
        end;
    end loop;
end
$$;

grant execute on function app.expired_leaves(uuid, bigint)
    to bulkhead_sealer, bulkhead_compliance;
