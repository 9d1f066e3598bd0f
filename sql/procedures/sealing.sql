-- Sealing: what the sealer may see, which is what a leaf is made of, and what it may append.
-- Each round is one transaction that begins with app.take_turn().
set local role bulkhead_definer;

-- The sealers' lock, until the transaction ends; no row while another one holds it. incarnation is
-- null when this server is not the one that was declared last.
create function app.take_turn() returns table (incarnation integer, at timestamptz)
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform from audit.progress for update skip locked;
    if not found then
        if not exists (select from audit.progress) then
            raise exception 'audit.progress is empty: audit verify tells what is not sealed'
                using errcode = '55000', constraint = 'progress_gone';
        end if;
        return;
    end if;
    if not exists (select from audit.incarnations) then
        insert into audit.incarnations (number, identity, reason)
        values (1, app.server_identity(), 'the first');
    end if;
    return query
        select (select i.number where i.identity = app.server_identity()), clock_timestamp()
        from audit.incarnations i order by i.number desc limit 1;
end
$$;

-- Committed events in the order in which they are sealed, behind those that are. Every transaction
-- below xmin is over, and its events are visible to this statement, so nothing can still come
-- before them. With inherited, all that this snapshot sees: what a new incarnation begins with.
--
-- sealed: by an earlier incarnation, when transactions had other numbers.
create function app.sealable(most integer, inherited boolean)
    returns table (tenant_id uuid, event_id uuid, xid bigint, seq bigint, record bytea,
        persons uuid[], content_hashes bytea[], sealed boolean)
    language plpgsql volatile security definer
    set search_path = ''
    -- A round looks at few of many rows, and statistics lag behind what grows.
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    done audit.progress;
begin
    select * into strict done from audit.progress;
    return query
        with next as materialized (
            select e.tenant_id, e.id, e.xid, e.seq, app.event_record(e) as record
            from audit.events e
            where (e.xid, e.seq) > (done.xid, done.seq)
                and (inherited or e.xid < pg_snapshot_xmin(pg_current_snapshot()))
            order by e.xid, e.seq
            limit least(greatest(most, 1), 20000))
        select n.tenant_id, n.id, n.xid::text::bigint, n.seq, n.record, p.persons,
            p.content_hashes, exists (select from audit.leaves l
                where l.tenant_id = n.tenant_id and l.event_id = n.id)
        from next n, app.hashed_details(n.tenant_id, n.id) p
        order by n.xid, n.seq;
end
$$;

create function app.trees(tenants uuid[])
    returns table (tenant_id uuid, size bigint, peaks bytea, root bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select t.tenant_id, t.size, t.peaks, t.root from audit.trees t where t.tenant_id = any ($1);
end;

create function app.append_leaves(
    tenants uuid[], idx bigint[], events uuid[], hashes bytea[], commitments bytea[]
) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.leaves (tenant_id, idx, event_id, hash, commitments)
    select * from unnest($1, $2, $3, $4, $5);
end;

create function app.append_subtrees(
    tenants uuid[], levels smallint[], idx bigint[], hashes bytea[]
) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.subtrees (tenant_id, level, idx, hash)
    select * from unnest($1, $2, $3, $4);
end;

-- Ends a round: how far the trees have grown, and up to which event all are sealed.
create function app.grow_trees(
    tenants uuid[], sizes bigint[], roots bytea[], peaks bytea[], xid bigint, seq bigint
) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.trees as t (tenant_id, size, root, peaks)
    select * from unnest($1, $2, $3, $4)
    on conflict (tenant_id) do update
    set size = excluded.size, root = excluded.root, peaks = excluded.peaks, sealed_at = now()
    where t.size < excluded.size;
    update audit.progress set xid = $5::text::xid8, seq = $6;
end;

grant execute on function app.take_turn(), app.sealable(integer, boolean), app.trees(uuid[]),
    app.append_leaves(uuid[], bigint[], uuid[], bytea[], bytea[]),
    app.append_subtrees(uuid[], smallint[], bigint[], bytea[]),
    app.grow_trees(uuid[], bigint[], bytea[], bytea[], bigint, bigint) to bulkhead_sealer;
