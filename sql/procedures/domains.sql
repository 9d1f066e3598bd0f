-- Domains: asking that one be proved, and what becomes of it by what DNS answered. Only the worker
-- plane tells that, so that SQL on no other can prove anything.
set local role bulkhead_definer;

-- Has the caller's domain looked at soon. Answers after how many seconds one may ask again, where
-- that is too soon; else 0.
create function app.want_domain(id uuid) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    today constant date := (now() at time zone 'UTC')::date;
    -- Longer where nobody answered: waiting for them is what all who prove something share.
    pause interval := '30 seconds';
    wanted tenant.domains;
begin
    if not coalesce(app.holds('domain.verify'), false) then
        raise exception 'having a domain proved needs domain.verify'
            using errcode = '42501', constraint = 'domains_verify';
    end if;
    select d.* into wanted from tenant.domains d
    where d.tenant_id = app.tenant_id() and d.id = $1
    for no key update;
    if not found then
        raise exception 'no such domain' using errcode = 'P0002';
    elsif wanted.problem = 'dns_failed' then
        pause := '5 minutes';
    end if;
    if wanted.asked_at > now() - pause then
        return greatest(1, extract(epoch from wanted.asked_at + pause - now())::integer);
    end if;
    update tenant.domains d
    set asked_at = now(), due_at = now(),
        -- A holder whose record is gone does not start anew by asking, nor who was not answered.
        failures = case when state = 'verified' or problem = 'dns_failed' then failures
            else 0 end,
        record_until = case when record_until < today + 335 then today + 365
            else record_until end
    where d.tenant_id = wanted.tenant_id and d.id = wanted.id;
    return 0;
end
$$;

-- Up to `most` claims that are to be looked at, and nobody else's until `lease` is over. Not their
-- tokens: whoever asks DNS need not know what proves. Tenants take turns, and what was not answered
-- the last time comes after all that may be: no tenant's name servers keep others waiting.
create function app.take_domains(most integer, lease interval)
    returns table (tenant_id uuid, domain_id uuid, name text)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with waiting as (
        select d.tenant_id, d.id, d.due_at, d.problem is not distinct from 'dns_failed' as silent,
            row_number() over (partition by d.tenant_id order by d.due_at) as turn
        from tenant.domains d
        where d.due_at at time zone 'UTC' <= now() at time zone 'UTC'
    ), due as (
        select d.tenant_id, d.id
        from waiting w
        join tenant.domains d on d.tenant_id = w.tenant_id and d.id = w.id
            -- Somebody else may have taken it meanwhile.
            and d.due_at = w.due_at
        order by w.silent, w.turn, w.due_at
        limit least(greatest($1, 0), 100)
        for no key update of d skip locked
    )
    update tenant.domains d set due_at = now() + $2
    from due
    where d.tenant_id = due.tenant_id and d.id = due.id
    returning d.tenant_id, d.id, d.name;
end;

-- What DNS said of a claim: `answered` with the texts at its challenge name, or why there are none.
-- Its state afterwards; null where the claim is gone.
create function app.report_domain(tenant uuid, domain uuid, answer text, texts text[])
    returns text
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    claim tenant.domains;
    why text;
begin
    select d.* into claim from tenant.domains d
    where d.tenant_id = $1 and d.id = $2
    for no key update;
    if not found then
        return null;
    end if;
    why := case when $3 = 'answered' then app.record_problem($4, claim.token)
        else coalesce($3, 'dns_failed') end;
    return app.settle_domain(claim, why);
end
$$;

grant execute on function app.want_domain(uuid) to bulkhead_api;
grant execute on function
    app.take_domains(integer, interval), app.report_domain(uuid, uuid, text, text[])
    to bulkhead_worker;
