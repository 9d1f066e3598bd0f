-- Cosignatures: what a witness is asked, what it needs to see of the tree over all tenants, and
-- what it has signed.
set local role bulkhead_definer;

-- The last epoch, unless the witness has cosigned it; and how large the tree was that it has
-- cosigned last under the same name, which each incarnation has anew.
create function app.uncosigned(anchor text)
    returns table (epoch bigint, note text, known bigint)
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.note, case when o.incarnation = e.incarnation then o.epoch + 1 else 0 end
    from (select e.epoch, e.note, e.incarnation from audit.epochs e
        order by e.epoch desc limit 1) e
    left join lateral (select c.epoch from audit.cosignatures c where c.anchor = $1
        order by c.epoch desc limit 1) c on true
    left join audit.epochs o on o.epoch = c.epoch
    where e.epoch > coalesce(c.epoch, -1);
end;

-- Epochs as leaves, each with the tree that it was appended to.
create function app.epoch_edges(epochs bigint[])
    returns table (epoch bigint, incarnation integer, tenants bigint, heads_root bytea,
        sealed_at timestamptz, peaks bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select e.epoch, e.incarnation, e.tenants, e.heads_root, e.sealed_at,
        coalesce(before.peaks, '')
    from audit.epochs e left join audit.epochs before on before.epoch = e.epoch - 1
    where e.epoch = any ($1);
end;

create function app.cosigned(anchor text, epoch bigint, note text) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into audit.cosignatures (anchor, epoch, note) values ($1, $2, $3)
    on conflict do nothing;
    insert into audit.anchorings (anchor, epoch) values ($1, $2) on conflict do nothing;
end;

-- What a witness has cosigned beyond an epoch, oldest first.
create function app.cosignatures(anchor text, beyond bigint, most integer)
    returns table (epoch bigint, note text)
    language sql stable security definer
    set search_path = ''
begin atomic
    select c.epoch, c.note from audit.cosignatures c
    where c.anchor = $1 and c.epoch > $2
    order by c.epoch
    limit least(greatest($3, 1), 10000);
end;

-- The heads of all trees as they were in an epoch.
create function app.heads_at(epoch bigint)
    returns table (tenant_id uuid, size bigint, root bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select distinct on (c.tenant_id) c.tenant_id, c.size, c.root
    from audit.checkpoints c
    where c.epoch <= $1
    order by c.tenant_id, c.epoch desc;
end;

grant execute on function app.uncosigned(text), app.epoch_edges(bigint[]),
    app.cosigned(text, bigint, text), app.cosignatures(text, bigint, integer),
    app.heads_at(bigint) to bulkhead_sealer;
