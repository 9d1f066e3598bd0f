-- Resolving: which tenant is meant, before the gate is entered.
set local role bulkhead_definer;

-- Before entering: which tenant does this credential mean by `slug` (a slug or an id)? Null for a
-- tenant that does not exist and for one its user is no member of, alike. Null too for a credential
-- that no longer opens anything, or its holder could still use up the tenant's share of requests.
-- Without a slug: the tenant that it is bound to, or that its holder has chosen, while it is there.
create function app.resolve(credential bytea, slug text) returns uuid
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select t.id
    from platform.credentials c
    join tenant.members m on uuid_send(m.user_id) = uuid_send(c.user_id) and m.state = 'active'
    join platform.tenants t on t.id = m.tenant_id
    where c.hash = $1
        and c.user_state = 'active'
        and c.revoked_at is null
        and c.expires_at > now()
        and c.idle_until > now()
        and (c.tenant_id = t.id or c.tenant_id is null)
        and case when $2 is null then coalesce(c.tenant_id,
                case when t.state = 'active' then c.chosen_tenant_id end) = t.id
            else t.slug = $2 or t.id::text = lower($2) end;
end;

grant execute on function app.resolve(bytea, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
