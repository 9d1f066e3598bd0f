-- Proofs: what the service reads of the ledger, by the caller's own rights. Row security decides
-- what is found; app.whole_history() refuses where otherwise nothing, or a part, would be.
set local role bulkhead_definer;

-- The tenant, for who may read all of its history; the others are told so. Whoever reads on and on
-- asks this each time: a part that row security leaves must not pass for the whole.
create function app.whole_history() returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    here constant uuid := app.tenant_with('audit.read');
begin
    if here is null then
        raise exception 'not all of this history is the caller''s to read' using errcode = '42501';
    end if;
    return here;
end
$$;

-- What was hashed for an event, and where. xid and seq are no part of it, and no plane reads them.
create function app.leaf_of(tenant uuid, event uuid)
    returns table (idx bigint, record bytea, commitments bytea)
    language sql stable
    set search_path = ''
begin atomic
    select l.idx, (select app.event_record(row(e.tenant_id, e.id, null, null, e.schema_version,
                e.occurred_at, e.recorded_at, e.actor_type, e.actor, e.agent_id, e.credential_id,
                e.db_role, e.action, e.outcome, e.resource_type, e.resource_id, e.workspace_id,
                e.subject, e.changed_columns, e.request_id, e.trace_id, e.span_id, e.route,
                e.app_version, e.policy_version, e.count)::audit.events)
            from audit.events e where e.tenant_id = l.tenant_id and e.id = l.event_id),
        l.commitments
    from audit.leaves l where l.tenant_id = $1 and l.event_id = $2;
end;

-- Hashes of so many subtrees in a row from the first on, of each level; leaves are level 0.
create function app.hashes_of(
    tenant uuid, levels smallint[], firsts bigint[], counts integer[]
) returns table (place bigint, hash bytea)
    language sql stable
    set search_path = ''
begin atomic
    select asked.place, found.hash
    from unnest($2, $3, $4) with ordinality as asked (level, first, count, place),
    lateral (
        select l.idx, l.hash from audit.leaves l
        where asked.level = 0 and l.tenant_id = $1
            and l.idx >= asked.first and l.idx < asked.first + asked.count
        union all
        select s.idx, s.hash from audit.subtrees s
        where asked.level > 0 and s.tenant_id = $1 and s.level = asked.level
            and s.idx >= asked.first and s.idx < asked.first + asked.count) found
    order by asked.place, found.idx;
end;

-- The last checkpoint that was signed: an older one would leave events out.
create function app.signed_head(tenant uuid) returns table (size bigint, note text)
    language sql stable
    set search_path = ''
begin atomic
    select c.size, c.note from audit.checkpoints c
    join audit.trees t on t.tenant_id = c.tenant_id and t.head_size = c.size
    where c.tenant_id = $1 order by c.epoch desc limit 1;
end;

create function app.last_checkpoint() returns table (size bigint, note text)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    here constant uuid := app.whole_history();
begin
    return query select h.size, h.note from app.signed_head(here) h;
end
$$;

-- An event's leaf, for a checkpoint that covers it.
create function app.provable_leaf(event uuid) returns table (idx bigint, leaf bytea)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    here constant uuid := app.whole_history();
begin
    if not exists (select from audit.events e where e.tenant_id = here and e.id = $1) then
        return;
    end if;
    return query
        select l.idx, l.record || l.commitments from app.leaf_of(here, $1) l
        where l.idx < (select c.size from app.last_checkpoint() c);
    if not found then
        raise exception 'no checkpoint covers this event yet'
            using errcode = '55000', constraint = 'event_not_checkpointed';
    end if;
end
$$;

-- How many events are sealed.
create function app.sealed_size() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    here constant uuid := app.whole_history();
begin
    return coalesce((select t.size from audit.trees t where t.tenant_id = here), 0);
end
$$;

grant execute on function app.event_record(audit.events), app.whole_history(),
    app.leaf_of(uuid, uuid), app.hashes_of(uuid, smallint[], bigint[], integer[]),
    app.signed_head(uuid), app.last_checkpoint(), app.provable_leaf(uuid), app.sealed_size()
    to bulkhead_api;
