-- Epochs: signed checkpoints of every tree that has grown, and of the tree over all their heads.
set local role bulkhead_definer;

create function app.heads()
    returns table (tenant_id uuid, size bigint, root bytea, grown boolean)
    language sql stable security definer
    set search_path = ''
begin atomic
    select t.tenant_id, t.size, t.root, t.size > t.head_size from audit.trees t order by 1;
end;

-- The last one, of which there is none in the beginning.
create function app.last_epoch()
    returns table (epoch bigint, peaks bytea, root bytea, note text)
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.peaks, e.root, e.note from audit.epochs e order by e.epoch desc limit 1;
end;

create function app.append_epoch(
    epoch bigint, incarnation integer, heads bigint, heads_root bytea, root bytea, peaks bytea,
    note text, sealed_at timestamptz, tenants uuid[], notes text[]
) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.epochs
        (epoch, incarnation, tenants, heads_root, root, peaks, note, sealed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8);
    insert into audit.checkpoints (tenant_id, size, epoch, root, note)
    select t.tenant_id, t.size, $1, t.root, signed.note
    from unnest($9, $10) as signed (tenant_id, note)
    join audit.trees t on t.tenant_id = signed.tenant_id;
    update audit.trees t set head_size = t.size, head_root = t.root
    where t.tenant_id = any ($9);
end;

grant execute on function app.heads(), app.last_epoch(),
    app.append_epoch(bigint, integer, bigint, bytea, bytea, bytea, text, timestamptz, uuid[],
        text[]) to bulkhead_sealer;
