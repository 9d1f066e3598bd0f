-- Expiry as the administrator runs it, who may become the definer and the owner: nobody else, for
-- the owner alone can empty what is appended to, and only where the guard is away.
set local role bulkhead_definer;

-- Which leaves they are, in stretches, and the checkpoint that covers them: a row for each ten
-- thousand stretches, since a line of a bundle has an end.
create function app.expiring_leaves(before timestamptz)
    returns table (tenant_id uuid, slug text, events bigint, leaves json, size bigint, root bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select s.tenant_id, n.slug, sum(s.last - s.first + 1)::bigint,
        json_agg(json_build_array(s.first, s.last) order by s.first), c.size, c.root
    from (
        select l.tenant_id, min(l.idx) as first, max(l.idx) as last,
            (row_number() over (partition by l.tenant_id order by min(l.idx)) - 1) / 10000 as part
        from (
            select l.tenant_id, l.idx,
                l.idx - row_number() over (partition by l.tenant_id order by l.idx) as stretch
            from app.expiring_months($1) m
            join audit.events e on e.id >= m.first and e.id < m.past
                and e.action not like 'history.%'
            join audit.leaves l on l.tenant_id = e.tenant_id and l.event_id = e.id) l
        group by l.tenant_id, l.stretch) s
    join lateral (
        select c.size, c.root from audit.checkpoints c where c.tenant_id = s.tenant_id
        order by c.size desc limit 1) c on true
    left join platform.tenants n on n.id = s.tenant_id
    group by s.tenant_id, s.part, n.slug, c.size, c.root
    order by s.tenant_id, s.part;
end;

-- Nobody writes into those months until the transaction ends, also into one that seems to be empty:
-- whoever still does has begun before they were over, and is waited for.
create function app.close_months(before timestamptz) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    month record;
begin
    for month in select * from app.months_over($1) loop
        perform set_config('role', 'bulkhead_owner', true);
        execute format('lock table audit.%I in share mode', 'events_' || month.month);
        perform set_config('role', 'bulkhead_definer', true);
    end loop;
end
$$;

-- Answers what goes, of whom. Until the transaction ends nothing is sealed, and nobody erased.
create function app.tell_expiry(before timestamptz)
    returns table (tenant_id uuid, slug text, events bigint)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    gone record;
begin
    perform from audit.progress for update;
    for gone in select * from app.expiring_leaves($1) loop
        perform app.tell(gone.tenant_id, null, 'ok', 'history.expire', null, null,
            json_build_object('before', app.instant($1), 'leaves', gone.leaves,
                'size', gone.size, 'root', encode(gone.root, 'base64'))::text, 1);
        tenant_id := gone.tenant_id;
        slug := gone.slug;
        events := gone.events;
        return next;
    end loop;
end
$$;

-- Empties those months, and puts back what the history tells of itself.
create function app.empty_months(before timestamptz) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    month record;
    parent text;
    events audit.events[];
    details audit.event_pii[];
begin
    for month in select * from app.expiring_months($1) loop
        events := array(select e from audit.events e
            where e.id >= month.first and e.id < month.past and e.action like 'history.%');
        details := array(select p from audit.event_pii p
            join unnest(events) e on e.tenant_id = p.tenant_id and e.id = p.event_id);
        perform set_config('role', 'bulkhead_owner', true);
        foreach parent in array array['event_pii', 'events'] loop
            parent := parent || '_' || month.month;
            -- One that was made later, for what had strayed, and of which nothing was said.
            continue when to_regclass(format('audit.%I', parent)) is null;
            execute format('alter table audit.%I disable trigger t10_not_emptied', parent);
            execute format('truncate audit.%I', parent);
            execute format('alter table audit.%I enable always trigger t10_not_emptied', parent);
        end loop;
        perform set_config('role', 'bulkhead_definer', true);
        insert into audit.events overriding system value select e.* from unnest(events) e;
        insert into audit.event_pii select p.* from unnest(details) p;
    end loop;
end
$$;
