-- Sign-ins under way: kept for the browser that began, and given back to it once.
set local role bulkhead_definer;

-- The user whose session this is, if it opens any tenant of theirs: one that is bound to a tenant
-- says nothing of the rest of them.
create function app.holder_of(session bytea) returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select c.user_id from platform.credentials c
    where c.hash = $1 and c.kind = 'session' and c.tenant_id is null and c.user_state = 'active'
        and c.revoked_at is null and c.expires_at > now() and c.idle_until > now();
end;

-- `session`: of whoever wants the login for one of theirs; null for who signs in. False where that
-- session is none.
create function app.begin_sign_in(
    state bytea, browser bytea, host text, door text, issuer text, nonce text, verifier text,
    redirect_uri text, return_to text, tenant uuid, session bytea, max_age integer
) returns boolean
    language sql volatile security definer
    set search_path = ''
begin atomic
    -- Two for each that is added, so that those nobody came back to do not pile up.
    delete from platform.sign_ins s
    where s.state in (
        select o.state from platform.sign_ins o where o.expires_at < now()
        order by o.expires_at limit 2
        for update skip locked);
    with begun as (
        insert into platform.sign_ins (state, browser, host, door, issuer, nonce, verifier,
            redirect_uri, return_to, tenant_id, user_id, max_age)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, app.holder_of($11), $12
        where $11 is null or app.holder_of($11) is not null
        returning 1)
    select exists (select from begun);
end;

-- What was kept, if this is the browser, the host and the way in. Gone in any case: whoever knows
-- the state has one attempt.
create function app.take_sign_in(state bytea, browser bytea, host text, door text)
    returns table (issuer text, nonce text, verifier text, redirect_uri text, return_to text,
        tenant_id uuid, user_id uuid, max_age integer, now timestamptz)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with taken as (delete from platform.sign_ins s where s.state = $1 returning s.*)
    select t.issuer, t.nonce, t.verifier, t.redirect_uri, t.return_to, t.tenant_id, t.user_id,
        t.max_age, clock_timestamp()
    from taken t
    where t.browser = $2 and t.host = $3 and t.door = $4 and t.expires_at > now();
end;

-- Whoever holds this new session has proved anew to their issuer who they are.
create function app.note_authenticated(session bytea) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.credentials c set authenticated_at = now()
    where c.hash = $1 and c.kind = 'session' and c.created_at > now() - interval '1 minute';
end;

grant execute on function
    app.begin_sign_in(bytea, bytea, text, text, text, text, text, text, text, uuid, bytea,
        integer),
    app.note_authenticated(bytea),
    app.take_sign_in(bytea, bytea, text, text) to bulkhead_identity;
