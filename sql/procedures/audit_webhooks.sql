-- Webhooks of the history: a place for a new one, and what the sealer owes to those there are.
set local role bulkhead_definer;

-- Which of the few places is free, for who may take one.
create function app.audit_webhook_place() returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    here constant uuid := app.tenant_with('audit_webhook.create');
    free constant integer := (
        select min(p.place) from generate_series(1, 3) as p (place)
        where not exists (select from tenant.audit_webhooks w
            where w.tenant_id = here and w.place = p.place));
begin
    if here is null then
        raise exception 'not for the caller to make' using errcode = '42501';
    end if;
    if free is null then
        raise exception 'this tenant has as many webhooks as it may'
            using errcode = '55000', constraint = 'audit_webhooks_too_many';
    end if;
    return free;
end
$$;

-- Webhooks that lack their tenant's last checkpoint, of tenants that are not suspended or busy,
-- those that have waited for longest first. Each is the caller's for a minute: no sender takes that
-- long, and who has died by then has not sent it. One that somebody is removing is passed over.
create function app.undelivered_checkpoints(busy uuid[], most integer)
    returns table (tenant_id uuid, webhook_id uuid, url text, size bigint, note text)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with owed as (
        select w.tenant_id, w.id, w.url
        from tenant.audit_webhooks w
        join platform.tenants p on p.id = w.tenant_id and p.state = 'active'
        join audit.trees t on t.tenant_id = w.tenant_id
        left join tenant.audit_webhook_deliveries d
            on d.tenant_id = w.tenant_id and d.webhook_id = w.id
        where t.head_size > coalesce(d.delivered_size, 0)
            and coalesce(d.next_at <= clock_timestamp(), true)
            and w.tenant_id <> all ($1)
        -- Whoever is made anew waits behind those who wait.
        order by coalesce(d.next_at, w.created_at)
        limit least(greatest($2, 0), 100)
        for key share of w skip locked
    ), taken as (
        insert into tenant.audit_webhook_deliveries as d (tenant_id, webhook_id, next_at)
        select o.tenant_id, o.id, clock_timestamp() + interval '1 minute' from owed o
        on conflict on constraint audit_webhook_deliveries_pkey
            do update set next_at = excluded.next_at
            -- Another sealer may have taken it, and have delivered it, since this one looked.
            where d.next_at <= clock_timestamp() and coalesce(d.delivered_size, 0)
                < (select t.head_size from audit.trees t where t.tenant_id = d.tenant_id)
        returning d.tenant_id, d.webhook_id
    )
    select o.tenant_id, o.id, o.url, h.size, h.note
    from taken k
    join owed o on o.tenant_id = k.tenant_id and o.id = k.webhook_id,
    lateral app.signed_head(o.tenant_id) h;
end;

create function app.checkpoint_delivered(tenant uuid, webhook uuid, size bigint) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    update tenant.audit_webhook_deliveries d
    set delivered_size = greatest(d.delivered_size, $3), delivered_at = clock_timestamp(),
        failures = 0, next_at = clock_timestamp()
    where d.tenant_id = $1 and d.webhook_id = $2;
end;

-- Each failure in a row doubles the wait, from ten seconds up to an hour.
create function app.checkpoint_not_delivered(tenant uuid, webhook uuid) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    update tenant.audit_webhook_deliveries d
    set failures = least(d.failures, 1000000) + 1, failed_at = clock_timestamp(),
        next_at = clock_timestamp()
            + least(interval '10 seconds' * (1 << least(d.failures, 9)), interval '1 hour')
    where d.tenant_id = $1 and d.webhook_id = $2;
end;

grant execute on function app.audit_webhook_place() to bulkhead_api;
grant execute on function app.undelivered_checkpoints(uuid[], integer),
    app.checkpoint_delivered(uuid, uuid, bigint), app.checkpoint_not_delivered(uuid, uuid)
    to bulkhead_sealer;
