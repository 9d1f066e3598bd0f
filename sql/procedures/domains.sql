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
    elsif wanted.asked_at > now() - interval '30 seconds' then
        return greatest(1, extract(epoch from
            wanted.asked_at + interval '30 seconds' - now())::integer);
    end if;
    update tenant.domains d
    set asked_at = now(), due_at = now(),
        -- A holder whose record is gone does not start anew by asking.
        failures = case when state = 'verified' then failures else 0 end,
        record_until = case when record_until < today + 335 then today + 365
            else record_until end
    where d.tenant_id = wanted.tenant_id and d.id = wanted.id;
    return 0;
end
$$;

-- Up to `most` claims that are to be looked at, and nobody else's until `lease` is over. Not their
-- tokens: whoever asks DNS need not know what proves.
create function app.take_domains(most integer, lease interval)
    returns table (tenant_id uuid, domain_id uuid, name text)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with due as (
        select d.tenant_id, d.id from tenant.domains d
        where d.due_at at time zone 'UTC' <= now() at time zone 'UTC'
        order by d.due_at at time zone 'UTC'
        limit least(greatest($1, 0), 100)
        for no key update skip locked
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
