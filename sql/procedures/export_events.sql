-- Export: a tenant's history as its compliance officer takes it away, up to a signed checkpoint.
set local role bulkhead_definer;

-- The last checkpoint, and what belongs to it.
create function app.export_head(tenant uuid)
    returns table (size bigint, note text, at timestamptz)
    language sql stable security definer
    set search_path = ''
begin atomic
    select h.size, h.note, now() from app.signed_head($1) h;
end;

-- An epoch that has the tenant's last head: the last one that a witness has cosigned, if any has.
-- With the tree before it, and each cosigned copy of its checkpoint.
create function app.export_epoch(tenant uuid)
    returns table (epoch bigint, note text, sealed_at timestamptz, heads bigint, heads_root bytea,
        peaks bytea, cosigned text[])
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.note, e.sealed_at, e.tenants, e.heads_root, coalesce(b.peaks, ''),
        (select array_agg(s.note order by s.anchor) from audit.cosignatures s
            where s.epoch = e.epoch)
    from (select max(c.epoch) as epoch from audit.checkpoints c where c.tenant_id = $1) c
    join audit.epochs e on e.epoch = coalesce(
        (select max(s.epoch) from audit.cosignatures s where s.epoch >= c.epoch), c.epoch)
    left join audit.epochs b on b.epoch = e.epoch - 1;
end;

create function app.export_events(tenant uuid, first bigint, most integer)
    returns table (idx bigint, event_id uuid, event text, hash bytea, commitments bytea,
        persons uuid[], contents text[])
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query
        select l.idx, l.event_id, e.event, l.hash, l.commitments, p.persons, p.contents
        from audit.leaves l
        left join lateral (
            select json_build_object('tenant_id', e.tenant_id, 'id', e.id,
                'schema_version', e.schema_version, 'occurred_at', app.instant(e.occurred_at),
                'recorded_at', app.instant(e.recorded_at), 'actor_type', e.actor_type,
                'actor', e.actor, 'agent_id', e.agent_id, 'credential_id', e.credential_id,
                'db_role', e.db_role, 'action', e.action, 'outcome', e.outcome,
                'resource_type', e.resource_type, 'resource_id', e.resource_id,
                'workspace_id', e.workspace_id, 'subject', e.subject,
                'changed_columns', e.changed_columns, 'request_id', e.request_id,
                'trace_id', e.trace_id, 'span_id', e.span_id, 'route', e.route,
                'app_version', e.app_version,
                'policy_version', encode(e.policy_version, 'hex'), 'count', e.count)::text
                as event
            from audit.events e where e.tenant_id = l.tenant_id and e.id = l.event_id
        ) e on true,
        lateral (
            select array_agg(p.person order by p.person) as persons,
                array_agg(p.content order by p.person) as contents
            from audit.event_pii p
            where p.tenant_id = l.tenant_id and p.event_id = l.event_id) p
        where l.tenant_id = $1 and l.idx >= $2
        order by l.idx
        limit least(greatest($3, 1), 20000);
end
$$;

grant execute on function app.export_head(uuid) to bulkhead_sealer, bulkhead_compliance;
grant execute on function app.export_epoch(uuid), app.heads_at(bigint),
    app.export_events(uuid, bigint, integer), app.sealed_trees()
    to bulkhead_compliance;
