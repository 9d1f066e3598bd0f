-- Signing in by a tenant's own connection: the session opens this tenant and no other.
set local role bulkhead_definer;

-- Makes somebody a member who is none, and gives them the role that the first rule gives which fits
-- what the provider says. Who had theirs by a rule and fits none any more falls back to the
-- connection's; a role that somebody gave by hand stays, and so does an owner.
create function app.admit_connected(
    place tenant.connections, newcomer uuid, address text, claims jsonb
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    given constant uuid := app.role_by_claims(place.tenant_id, place.id, claims);
begin
    insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
    select place.tenant_id, u.id, coalesce(given, place.role_id),
        case when not exists (
            select from tenant.members o
            where o.tenant_id = place.tenant_id and lower(o.email) = lower(address))
        then address end,
        u.display_name
    from platform.users u where u.id = newcomer
    on conflict (tenant_id, user_id) do nothing;
    update tenant.members m set role_id = coalesce(given, place.role_id)
    where m.tenant_id = place.tenant_id and m.user_id = newcomer
        and m.role_id <> coalesce(given, place.role_id)
        and (given is not null or m.role_id in (
            select r.role_id from tenant.connection_roles r
            where r.tenant_id = place.tenant_id and r.connection_id = place.id))
        and not exists (
            select from tenant.roles r
            where r.tenant_id = m.tenant_id and r.id = m.role_id and r.builtin
                and r.name = 'owner');
end
$$;

-- Opens a session for the person whom a connection's provider knows by `subject`: finds or makes
-- the user and the member. `verified` is null where the provider says nothing of the address.
-- `refused` names why there is no session.
create function app.sign_in_connected(
    tenant uuid, connection uuid, issuer text, subject text, email text, verified boolean,
    display_name text, claims jsonb, sid text, hash bytea, host text, lifetime interval,
    idle interval, request text[]
) returns table (user_id uuid, credential_id uuid, expires_at timestamptz, refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    said constant text := app.address_in($5);
    plain constant text := app.plain_address_in($5);
    opened constant uuid := platform.uuid_v7();
    place tenant.connections;
    login platform.identities;
    owned boolean;
begin
    if app.context() is not null then
        raise exception 'this transaction already speaks for somebody'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
    select c.* into place from tenant.connections c
    join platform.tenants t on t.id = c.tenant_id and t.state = 'active'
    where c.tenant_id = $1 and c.id = $2 and c.state = 'active' and c.issuer = $3
    -- Whoever disables it meanwhile waits, and ends what comes of this.
    for share of c;
    if not found then
        refused := 'connection_unavailable';
        return next;
        return;
    end if;
    owned := plain is not null and coalesce($6, true) and exists (
        select from platform.domains d where d.name = app.domain_of(plain) and d.tenant_id = $1);
    perform pg_advisory_xact_lock(hashtextextended(concat($2, ' ', $3, ' ', $4), 0));
    select i.* into login from platform.identities i
    where i.tenant_id = $1 and i.connection_id = $2 and i.issuer = $3 and i.subject = $4;
    if found then
        update platform.identities i set email = said, email_verified = owned
        where i.id = login.id and (i.email, i.email_verified) is distinct from (said, owned);
        user_id := login.user_id;
    else
        user_id := app.whom_a_connection_means($1, $2, said, owned, $7);
    end if;
    refused := case when user_id is null then 'identity_link_refused'
        else app.why_not_connected(user_id, $1) end;
    if refused is not null then
        perform app.connected_refused($1, $2, user_id, refused, $14);
        return next;
        return;
    end if;
    perform app.wear(app.nowhere(user_id, opened, 'session', $14));
    if login.id is null then
        insert into platform.identities as i (tenant_id, connection_id, issuer, subject, user_id,
            email, email_verified)
        values ($1, $2, $3, $4, user_id, said, owned)
        returning * into login;
    end if;
    perform app.admit_connected(place, user_id, case when owned then plain end, $8);
    expires_at := app.open_session(opened, login, $1, 'sign-in', $9, $10, $11, $12, $13, $14[7]);
    credential_id := opened;
    return next;
end
$$;

grant execute on function app.sign_in_connected(uuid, uuid, text, text, text, boolean, text,
    jsonb, text, bytea, text, interval, interval, text[]) to bulkhead_identity;
