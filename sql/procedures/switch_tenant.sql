-- Switching: a session goes to another of its person's tenants, under a new token.
set local role bulkhead_definer;

-- The token changes with the tenant, so that each is good for one: what was seen of the old one
-- opens nothing in the new. `held` is the hash of the token that was presented: of two at once one
-- switches, and the other holds a token that is over.
create function app.switch_tenant(tenant text, held bytea, hash bytea)
    returns table (tenant_id uuid, slug text, expires_at timestamptz, lasts bigint)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    me constant uuid := app.require_own_session();
begin
    select t.id, t.slug into tenant_id, slug
    from tenant.members m
    join platform.tenants t on t.id = m.tenant_id and t.state = 'active'
    where uuid_send(m.user_id) = uuid_send(me) and m.state = 'active'
        and (t.slug = lower($1) or t.id::text = lower($1));
    if not found then
        raise exception 'this credential opens no such tenant'
            using errcode = '42501', constraint = 'tenant_unavailable';
    end if;
    update platform.credentials c set hash = $3, chosen_tenant_id = switch_tenant.tenant_id
    where c.id = app.credential_id() and c.hash = $2 and c.revoked_at is null
    returning c.expires_at, extract(epoch from c.expires_at - now())::bigint
    into expires_at, lasts;
    if not found then
        raise exception 'the credential is not valid'
            using errcode = '28000', constraint = 'credential_invalid';
    end if;
    return next;
end
$$;

-- A browser that signs in again gives up the session that it held: its cookie is about to go. Only
-- the same person's, whose new session is `opened`: a cookie that somebody has planted there ends
-- nothing of theirs, and one of somebody else who used the browser is theirs to end.
create function app.replace_session(held bytea, opened bytea, request text[]) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    mine platform.credentials;
    ended bigint;
begin
    if app.context() is not null then
        raise exception 'this transaction already speaks for somebody'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
    select c.* into mine from platform.credentials c
    where c.hash = $2 and c.kind = 'session' and c.revoked_at is null;
    if not found then
        return 0;
    end if;
    perform app.wear(app.nowhere(mine.user_id, mine.id, 'session', $3));
    update platform.credentials c set revoked_at = now()
    where c.hash = $1 and c.kind = 'session' and c.user_id = mine.user_id and c.id <> mine.id
        and c.revoked_at is null;
    get diagnostics ended = row_count;
    return ended;
end
$$;

grant execute on function app.switch_tenant(text, bytea, bytea) to bulkhead_api;
grant execute on function app.replace_session(bytea, bytea, text[]) to bulkhead_identity;
