-- Verification: what the history says now, beside what was sealed of it. Hashes only.
set local role bulkhead_definer;

-- Leaves from an index on, with the record of the event as it is now, null where it is gone.
-- Together with app.salts_of() that is enough to work every leaf out again.
create function app.verifiable(tenant uuid, first bigint, most integer)
    returns table (idx bigint, event_id uuid, hash bytea, commitments bytea, record bytea,
        persons uuid[], content_hashes bytea[])
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query
        select l.idx, l.event_id, l.hash, l.commitments, e.record, p.persons, p.content_hashes
        from audit.leaves l
        left join lateral (select app.event_record(e) as record from audit.events e
            where e.tenant_id = l.tenant_id and e.id = l.event_id) e on true,
        app.hashed_details(l.tenant_id, l.event_id) p
        where l.tenant_id = $1 and l.idx >= $2
        order by l.idx
        limit least(greatest($3, 1), 20000);
end
$$;

-- Events without a leaf. Those that should have one were slipped in behind the sealer's back.
-- With them, for how many seconds the oldest event is behind that is not sealed, or whose leaf is
-- the first that no anchor is known to hold.
create function app.unsealed(tenant uuid, anchored bigint)
    returns table (waiting bigint, slipped_in bigint, first uuid, behind double precision)
    language sql volatile security definer
    set search_path = ''
begin atomic
    select count(*) filter (where not u.late), count(*) filter (where u.late),
        (array_agg(u.id order by u.id) filter (where u.late))[1],
        extract(epoch from clock_timestamp() - coalesce(
            (select e.recorded_at from audit.leaves l
                join audit.events e on e.tenant_id = l.tenant_id and e.id = l.event_id
                where l.tenant_id = $1 and l.idx = $2),
            min(u.recorded_at) filter (where not u.late)))
    from (
        select e.id, e.recorded_at, coalesce((e.xid, e.seq) <= (p.xid, p.seq), true) as late
        from audit.events e left join audit.progress p on true
        where e.tenant_id = $1 and not exists (select from audit.leaves l
            where l.tenant_id = e.tenant_id and l.event_id = e.id and l.idx >= 0)) u;
end;

-- Every history, also one whose tree is gone or was never there.
create function app.sealed_trees()
    returns table (tenant_id uuid, slug text, size bigint, root bytea, head_size bigint,
        head_root bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    -- A step for each tenant, whatever it holds.
    with recursive told (tenant_id) as (
        (select e.tenant_id from audit.events e order by e.tenant_id limit 1)
        union all
        select (select e.tenant_id from audit.events e where e.tenant_id > told.tenant_id
            order by e.tenant_id limit 1)
        from told where told.tenant_id is not null)
    select h.tenant_id, n.slug, t.size, t.root, t.head_size, t.head_root
    from (select told.tenant_id from told where told.tenant_id is not null
        union select t.tenant_id from audit.trees t
        union select c.tenant_id from audit.checkpoints c) h
    left join audit.trees t on t.tenant_id = h.tenant_id
    left join platform.tenants n on n.id = h.tenant_id
    order by 1;
end;

create function app.signed_checkpoints(tenant uuid) returns table (note text)
    language sql stable security definer
    set search_path = ''
begin atomic
    select c.note from audit.checkpoints c where c.tenant_id = $1 order by c.epoch;
end;

create function app.signed_epochs(first bigint, most integer)
    returns table (epoch bigint, incarnation integer, tenants bigint, heads_root bytea,
        sealed_at timestamptz, note text)
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.incarnation, e.tenants, e.heads_root, e.sealed_at, e.note
    from audit.epochs e where e.epoch >= $1
    order by e.epoch limit least(greatest($2, 1), 10000);
end;

create function app.sealed_leaf(tenant uuid, event uuid)
    returns table (idx bigint, record bytea, commitments bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select l.idx, l.record, l.commitments from app.leaf_of($1, $2) l;
end;

create function app.tree_hashes(
    tenant uuid, levels smallint[], firsts bigint[], counts integer[]
) returns table (place bigint, hash bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select h.place, h.hash
    from app.hashes_of($1, $2, $3, $4) with ordinality h (place, hash, at) order by h.at;
end;

grant execute on function app.verifiable(uuid, bigint, integer), app.unsealed(uuid, bigint),
    app.sealed_trees(), app.signed_checkpoints(uuid), app.signed_epochs(bigint, integer),
    app.sealed_leaf(uuid, uuid), app.tree_hashes(uuid, smallint[], bigint[], integer[])
    to bulkhead_sealer;
