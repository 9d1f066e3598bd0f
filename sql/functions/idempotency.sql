-- Idempotency: a retried request gets the answer of the first, whose effect happened once.
--
-- The answer is written in the transaction of the effect, so there is never one without the
-- other. The lock marks a request still in flight without a row anybody has to clean up.
set local role bulkhead_definer;

create function app.idempotency_claim(key text, fingerprint bytea)
    returns table (status integer, headers jsonb, body text)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_id();
    me constant uuid := app.credential_id();
    found_one tenant.idempotency_keys;
begin
    if not pg_try_advisory_xact_lock(
        hashtextextended(concat_ws('/', 'idempotency', here, me, $1), 0))
    then
        raise exception 'a request with this Idempotency-Key is still in flight'
            using errcode = '55P03', constraint = 'idempotency_key_in_flight';
    end if;
    select k.* into found_one from tenant.idempotency_keys k
    where k.tenant_id = here and k.credential_id = me and k.key = $1;
    if not found then
        return;
    end if;
    if found_one.created_at < now() - interval '24 hours' then
        delete from tenant.idempotency_keys k
        where k.tenant_id = here and k.credential_id = me and k.key = $1;
        return;
    end if;
    if found_one.fingerprint <> $2 then
        raise exception 'this Idempotency-Key was used for another request'
            using errcode = '23505', constraint = 'idempotency_key_reused';
    end if;
    return query select found_one.status, found_one.headers, found_one.body;
end
$$;

create function app.idempotency_store(
    key text, fingerprint bytea, status integer, headers jsonb, body text
) returns void
    language sql volatile
    set search_path = ''
begin atomic
    insert into tenant.idempotency_keys
        (tenant_id, credential_id, user_id, key, fingerprint, status, headers, body)
    values (app.tenant_id(), app.credential_id(), app.user_id(), $1, $2, $3, $4, $5);
end;

-- Removes up to `most` answers older than a day, of every tenant. For the worker plane.
create function app.purge_idempotency_keys(most integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    removed integer;
begin
    with old as (
        select k.tenant_id, k.credential_id, k.key from tenant.idempotency_keys k
        where k.created_at at time zone 'UTC' < (now() - interval '24 hours') at time zone 'UTC'
        order by k.created_at at time zone 'UTC'
        limit least(greatest($1, 0), 10000)
        for update skip locked
    )
    delete from tenant.idempotency_keys k
    using old
    where k.tenant_id = old.tenant_id and k.credential_id = old.credential_id
        and k.key = old.key;
    get diagnostics removed = row_count;
    return removed;
end
$$;

-- When credentials were last used, in batches and outside any context. Unknown hashes are ignored.
-- What may not go unused lives on by it, unless it is over already.
create function app.note_credential_use(credentials bytea[], used_at timestamptz[]) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into platform.credential_uses as old (credential_id, last_used_at)
    select c.id, max(least(u.used_at, now()))
    from unnest($1, $2) as u (hash, used_at)
    join platform.credentials c on c.hash = u.hash
    group by c.id
    order by c.id
    on conflict (credential_id) do update
        set last_used_at = greatest(old.last_used_at, excluded.last_used_at);
    with used as (
        select c.id, max(least(u.used_at, now())) + c.idle as until
        from unnest($1, $2) as u (hash, used_at)
        join platform.credentials c on c.hash = u.hash
        where c.idle_until > now() and c.idle is not null
        group by c.id
    ), moved as (
        -- By a tenth at least, or each request would write its session.
        select c.id, u.until from platform.credentials c join used u on u.id = c.id
        where c.idle_until < u.until - c.idle / 10
        order by c.id
        for no key update of c
    )
    update platform.credentials c set idle_until = m.until from moved m where c.id = m.id;
end;

grant execute on function
    app.idempotency_claim(text, bytea),
    app.idempotency_store(text, bytea, integer, jsonb, text),
    app.note_credential_use(bytea[], timestamptz[])
    to bulkhead_api;
grant execute on function app.purge_idempotency_keys(integer) to bulkhead_worker;
