-- Anchors: which epochs lie where, out of this database's reach.
set local role bulkhead_definer;

-- What an anchor does not have yet, oldest first.
create function app.unanchored(anchor text, most integer)
    returns table (epoch bigint, note text, sealed_at timestamptz, tenants uuid[], notes text[])
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.note, e.sealed_at, c.tenants, c.notes
    from audit.epochs e, lateral (
        select array_agg(c.tenant_id order by c.tenant_id) as tenants,
            array_agg(c.note order by c.tenant_id) as notes
        from audit.checkpoints c where c.epoch = e.epoch) c
    where e.epoch > coalesce((select max(a.epoch) from audit.anchorings a
        where a.anchor = $1), -1)
    order by e.epoch
    limit least(greatest($2, 1), 100);
end;

create function app.anchored(anchor text, epoch bigint) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.anchorings (anchor, epoch) values ($1, $2) on conflict do nothing;
end;

-- How long the oldest event that is not sealed has waited, in seconds; which sessions hold a
-- transaction open that keeps it waiting; how long the oldest epoch has that one of these anchors
-- lacks, if only since it has never had any.
create function app.seal_lag(anchors text[])
    returns table (seconds double precision, pids integer[], unanchored double precision)
    language sql volatile security definer
    set search_path = ''
begin atomic
    select extract(epoch from clock_timestamp() - (
            select min(e.recorded_at) from audit.events e, audit.progress p
            where (e.xid, e.seq) > (p.xid, p.seq))),
        (select array_agg(distinct l.pid) from pg_locks l
            where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock'
                and l.transactionid::text::bigint
                    = (pg_snapshot_xmin(pg_current_snapshot())::text::bigint & 4294967295)),
        extract(epoch from clock_timestamp() - (
            select e.sealed_at from audit.epochs e
            where e.epoch > (select min(coalesce((select max(a.epoch) from audit.anchorings a
                where a.anchor = asked.anchor), -1)) from unnest($1) as asked (anchor))
            order by e.epoch limit 1));
end;

grant execute on function app.unanchored(text, integer), app.anchored(text, bigint),
    app.seal_lag(text[]) to bulkhead_sealer;
