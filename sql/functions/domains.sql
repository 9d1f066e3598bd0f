-- Domains: what a record must say, and what a look at DNS makes of a claim.
set local role bulkhead_definer;

-- The role of those who join by a domain of which nothing else was said.
create function app.joining_role() returns uuid
    language sql stable security definer
    set search_path = ''
begin atomic
    select r.id from tenant.roles r
    where r.tenant_id = app.tenant_id() and r.builtin and r.name = 'member';
end;

-- What the record of a claim says.
create function app.domain_record(token text, until date) returns text
    language sql stable
    set search_path = ''
begin atomic
    select format('bulkhead-domain-verification=%s expires=%s', $1, to_char($2, 'YYYY-MM-DD'));
end;

-- Why none of these texts proves the claim with this token; null if one does. Whoever controls the
-- zone chooses the day, up to some thirteen months ahead: what is forgotten in a zone that changes
-- hands proves nothing for longer. Days are compared as text, which no 31 February can break.
create function app.record_problem(texts text[], token text) returns text
    language sql stable
    set search_path = ''
begin atomic
    with today as (
        select (now() at time zone 'UTC')::date as day
    ), said as (
        select t.text ~ '^\s*bulkhead-domain-verification=' as ours, m.parts[1] = $2 as mine,
            m.parts[2] as until
        from unnest($1) as t (text)
        cross join lateral (select regexp_match(t.text,
            '^\s*bulkhead-domain-verification=([0-9a-f]{40})\s+expires=(\d{4}-\d\d-\d\d)\s*$'))
            as m (parts)
    )
    select case
        when coalesce(bool_or(mine and until collate "C"
                between to_char(day, 'YYYY-MM-DD') and to_char(day + 400, 'YYYY-MM-DD')), false)
            then null
        when coalesce(bool_or(mine and until collate "C" < to_char(day, 'YYYY-MM-DD')), false)
            then 'record_expired'
        when coalesce(bool_or(ours), false) then 'record_wrong'
        else 'record_missing' end
    from today left join said on true;
end;

-- What a look that found `why` (null: the proof) makes of a claim. The claim's row is locked.
create function app.settle_domain(claim tenant.domains, why text) returns text
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- A holder is looked at this often, sooner while it fails; and lapses after so many looks and
    -- so long without a proof, which is longer where DNS does not say that there is none.
    often constant interval := '1 day';
    sooner constant interval := '6 hours';
    looks constant integer := 4;
    grace constant interval := case when why in ('dns_failed', 'dnssec_bogus')
        then interval '15 days' else interval '3 days' end;
    -- Any other claim for so long after somebody asked, at growing distances.
    patience constant interval := '7 days';
    becomes text := claim.state;
    due timestamptz;
begin
    if why is null then
        -- Two who prove one name at once queue here, and the second finds the first.
        insert into platform.domains as held (name, tenant_id, domain_id)
        values (claim.name, claim.tenant_id, claim.id)
        on conflict (name) do update set proved_at = now()
            where held.tenant_id = excluded.tenant_id;
        becomes := case when found then 'verified' else 'disputed' end;
        due := now() + often;
    elsif claim.state = 'verified' then
        due := now() + sooner;
        if claim.failures + 1 >= looks and claim.proved_at < now() - grace then
            delete from platform.domains held
            where held.name = claim.name and held.tenant_id = claim.tenant_id;
            becomes := 'lapsed';
            due := null;
        end if;
    else
        becomes := case when claim.state = 'disputed' then 'pending' else claim.state end;
        if claim.asked_at > now() - patience then
            due := now() + least(interval '1 hour',
                interval '30 seconds' * 2 ^ least(claim.failures, 10));
        end if;
    end if;
    update tenant.domains d
    set state = becomes, problem = why, checked_at = now(), due_at = due,
        proved_at = case when becomes = 'verified' and why is null then now() else d.proved_at end,
        failures = case when why is null then 0 else d.failures + 1 end
    where d.tenant_id = claim.tenant_id and d.id = claim.id;
    return becomes;
end
$$;

grant execute on function app.joining_role(), app.domain_record(text, date) to bulkhead_api;
