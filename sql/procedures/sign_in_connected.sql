-- Signing in by a tenant's own connection: the session opens this tenant and no other.
set local role bulkhead_definer;

-- Opens a session for the person whom a connection's provider knows by `subject`: finds or makes
-- the user and the member. `verified`: the provider is to be believed that the address is theirs.
-- `external` is what a directory may call them. `refused` names why there is no session.
create function app.sign_in_connected(
    tenant uuid, connection uuid, issuer text, subject text, email text, verified boolean,
    display_name text, external text, claims jsonb, sid text, hash bytea, host text,
    lifetime interval, idle interval, request text[]
) returns table (user_id uuid, credential_id uuid, expires_at timestamptz, refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    said constant text := app.address_in($5);
    opened constant uuid := platform.uuid_v7();
    place tenant.connections;
    login platform.identities;
    owned boolean;
    given uuid;
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
    owned := coalesce($6, false) and app.owns_address($1, $5);
    given := app.role_by_claims($1, $2, $9);
    perform pg_advisory_xact_lock(hashtextextended(concat($2, ' ', $3, ' ', $4), 0));
    select i.* into login from platform.identities i
    where i.tenant_id = $1 and i.connection_id = $2 and i.issuer = $3 and i.subject = $4;
    if found then
        update platform.identities i set email = said, email_verified = owned
        where i.id = login.id and (i.email, i.email_verified) is distinct from (said, owned);
        user_id := login.user_id;
    else
        user_id := app.whom_a_connection_means(place, said, owned,
            place.is_open or given is not null, $7, $8);
    end if;
    refused := case
        when user_id is null and (owned or app.is_anothers($1, said))
        then 'identity_link_refused'
        when user_id is null then 'not_admitted'
        else app.why_not_connected(place, user_id, owned, given) end;
    if refused is not null then
        perform app.connected_refused($1, $2, user_id, refused, $15);
        return next;
        return;
    end if;
    perform app.wear(app.nowhere(user_id, opened, 'session', $15));
    if login.id is null then
        -- Whoever was here before may not have been them.
        perform app.end_all(user_id, null, $1);
        insert into platform.identities as i (tenant_id, connection_id, issuer, subject, user_id,
            email, email_verified)
        values ($1, $2, $3, $4, user_id, said, owned)
        returning * into login;
    end if;
    perform app.admit_connected(place, user_id, case when owned then said end, given);
    perform app.enqueue_canonical(user_id);
    expires_at := app.open_session(opened, login, $1, $2, 'sign-in', $10, $11, $12, $13, $14,
        $15[7]);
    credential_id := opened;
    return next;
end
$$;

grant execute on function app.sign_in_connected(uuid, uuid, text, text, text, boolean, text, text,
    jsonb, text, bytea, text, interval, interval, text[]) to bulkhead_identity;
