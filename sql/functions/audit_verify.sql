-- Verification in SQL alone, for whoever trusts the database's hashes more than our program's.
set local role bulkhead_definer;

-- Leaves that are not as they were sealed.
create function app.bad_leaves(tenant uuid)
    returns table (idx bigint, event_id uuid, problem text)
    language sql stable security definer
    set search_path = ''
begin atomic
    with expired (leaves) as (select coalesce(range_agg(int8range(x.first, x.last, '[]')), '{}')
        from app.expired_leaves($1, null) x)
    select l.idx, l.event_id,
        case when e.id is null then 'the event is gone' else 'the event is not what was sealed' end
    from audit.leaves l
    left join audit.events e on e.tenant_id = l.tenant_id and e.id = l.event_id
    where l.tenant_id = $1
        and l.hash is distinct from app.leaf_hash(app.event_record(e), l.commitments)
        and not (e.id is null and l.idx <@ (table expired) and not exists (
            select from audit.event_pii p where (p.tenant_id, p.event_id) = ($1, l.event_id)))
    union all
    select l.idx, l.event_id, 'its details are not what was committed to'
    from audit.event_pii p
    join audit.leaves l on l.tenant_id = p.tenant_id and l.event_id = p.event_id
    left join keystore.salts s on s.tenant_id = p.tenant_id and s.person = p.person
    where p.tenant_id = $1
        and not app.is_committed(l.commitments, p.person, p.event_id, s.salt, p.content)
    union all
    select l.idx, l.event_id, 'its details are gone, and whose they were is not erased'
    from audit.leaves l, generate_series(1, octet_length(l.commitments), 48) at,
        lateral (select encode(substr(l.commitments, at, 16), 'hex')::uuid as person) c
    where l.tenant_id = $1
        and not l.idx <@ (table expired)
        -- Where as much is there as was committed to, all of it is.
        and (select sum(octet_length(l.commitments)) / 48 from audit.leaves l
            where l.tenant_id = $1 and not l.idx <@ (table expired))
            is distinct from (select count(*) from audit.event_pii p
                join audit.leaves l on l.tenant_id = p.tenant_id and l.event_id = p.event_id
                where p.tenant_id = $1 and not l.idx <@ (table expired))
        and not exists (select from app.erased_persons($1) e where e.person = c.person)
        and not exists (select from audit.event_pii p where p.tenant_id = l.tenant_id
            and p.event_id = l.event_id and p.person = c.person)
    union all
    select l.place - 1, l.event_id, 'the leaf is not at its place'
    from (select l.idx, l.event_id, row_number() over (order by l.idx) as place
        from audit.leaves l where l.tenant_id = $1) l
    where l.idx <> l.place - 1
        and (select max(l.idx) + 1 <> count(*) from audit.leaves l where l.tenant_id = $1)
    union all
    select t.size, e.id, 'the event was written after its time'
    from audit.events e
    left join audit.progress p on true
    left join audit.trees t on t.tenant_id = e.tenant_id
    where e.tenant_id = $1 and coalesce((e.xid, e.seq) <= (p.xid, p.seq), true)
        and not exists (select from audit.leaves l
            where l.tenant_id = e.tenant_id and l.event_id = e.id);
end;

-- One row says the verdict; if it is "tampered", others say what is wrong, first leaf first, a
-- thousand at most. Against a checkpoint that was kept elsewhere, by its second and third line;
-- without, nothing tells of a history that was forged as a whole. SQL knows no signatures.
create function review.audit_verify(tenant text, size bigint default null, root text default null)
    returns table (verdict text, idx bigint, event_id uuid, problem text)
    language plpgsql stable security definer
    set search_path = '' set work_mem = '64MB'
as $$
declare
    whose constant uuid := case tenant when 'platform' then
        '00000000-0000-0000-0000-000000000000'
        else (select t.id from platform.tenants t where t.slug = tenant)::text end;
    here audit.trees;
    worked_out bytea;
    waiting boolean;
begin
    select * into here from audit.trees t where t.tenant_id = whose;
    if here is null then
        return query select 'inconclusive', null::bigint, null::uuid, 'nothing is sealed of it';
        return;
    end if;
    return query
        select 'tampered', b.* from app.bad_leaves(whose) b order by 2 limit 1000;
    if found then
        return;
    end if;
    worked_out := app.tree_root(array(
        select l.hash from audit.leaves l where l.tenant_id = whose order by l.idx));
    if worked_out <> here.root
        or here.size <> (select count(*) from audit.leaves l where l.tenant_id = whose)
    then
        return query select 'tampered', here.size, null::uuid,
            'the tree is not that of its leaves';
        return;
    end if;
    return query
        select 'tampered', c.size, null::uuid, 'a checkpoint is of another tree'
        from (select c.size, c.root from audit.checkpoints c where c.tenant_id = whose
            union all select audit_verify.size, decode(audit_verify.root, 'base64')) c
        where c.size is not null and c.root is distinct from case
            when c.size = here.size then worked_out
            when c.size < here.size then app.tree_root(array(select l.hash from audit.leaves l
                where l.tenant_id = whose and l.idx < c.size order by l.idx)) end;
    if found then
        return;
    end if;
    waiting := exists (select from audit.events e where e.tenant_id = whose
        and not exists (select from audit.leaves l
            where l.tenant_id = e.tenant_id and l.event_id = e.id));
    return query
        select case when audit_verify.size = here.size and not waiting then 'intact'
            else 'inconclusive' end,
            here.size, null::uuid,
            case when waiting then 'some events are not sealed yet'
                when audit_verify.size is null then 'give a checkpoint that was kept elsewhere'
                when audit_verify.size < here.size then 'no checkpoint of yours covers the rest'
                end;
end
$$;

grant execute on function review.audit_verify(text, bigint, text)
    to bulkhead_control, bulkhead_compliance;
