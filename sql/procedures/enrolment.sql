-- Enrolment: people join a tenant by the domain of their address.
set local role bulkhead_definer;

-- What a login with this address makes of the user: `joined`, `requested`, or null for nothing.
-- Believes its arguments, above all that the address is the user's, verified by the platform's own
-- identity provider: for other definer functions only. The domain is the exact one, as an A-label.
create function app.enrol_by_domain(user_id uuid, email text) returns text
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    place record;
begin
    select d.tenant_id, d.id, d.mode, d.role_id, u.display_name into place
    from platform.domains held
    join tenant.domains d on d.tenant_id = held.tenant_id and d.id = held.domain_id
        and d.mode in ('request', 'auto')
    join platform.tenants t on t.id = held.tenant_id and t.state = 'active'
    join platform.users u on u.id = $1 and u.state = 'active'
    where held.name = app.domain_of($2)
        -- Or who was taken out would come back as somebody new.
        and not exists (
            select from platform.users o where lower(o.email) = lower($2) and o.id <> $1)
        -- Whoever was shut out, taken out or turned down comes in by a person's act alone.
        and not exists (
            select from tenant.members m where m.tenant_id = d.tenant_id and m.user_id = $1)
        and not exists (
            select from tenant.former_members f
            where f.tenant_id = d.tenant_id and f.user_id = $1)
        and not exists (
            select from tenant.join_requests r
            where r.tenant_id = d.tenant_id and r.user_id = $1 and r.state = 'denied')
    -- A mode that is turned off meanwhile counts, and so does a domain that is given up.
    for share of d, held;
    if not found then
        return null;
    elsif place.mode = 'request' then
        insert into tenant.join_requests (tenant_id, domain_id, user_id, email, display_name)
        values (place.tenant_id, place.id, $1, $2, place.display_name)
        on conflict (tenant_id, user_id) do nothing;
        return case when found then 'requested' end;
    end if;
    -- At once from several places; or another member has that address.
    insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
    values (place.tenant_id, $1, place.role_id, $2, place.display_name)
    on conflict do nothing;
    return case when found then 'joined' end;
end
$$;
