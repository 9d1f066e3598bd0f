-- Sign-ins under way: kept for the browser that began, and given back to it once.
set local role bulkhead_definer;

create function app.begin_sign_in(
    state bytea, browser bytea, host text, door text, issuer text, nonce text, verifier text,
    redirect_uri text, return_to text
) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    -- Two for each that is added, so that those nobody came back to do not pile up.
    delete from platform.sign_ins s
    where s.state in (
        select o.state from platform.sign_ins o where o.expires_at < now()
        order by o.expires_at limit 2
        for update skip locked);
    insert into platform.sign_ins (state, browser, host, door, issuer, nonce, verifier,
        redirect_uri, return_to)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9);
end;

-- What was kept, if this is the browser, the host and the way in. Gone in any case: whoever knows
-- the state has one attempt.
create function app.take_sign_in(state bytea, browser bytea, host text, door text)
    returns table (issuer text, nonce text, verifier text, redirect_uri text, return_to text,
        now timestamptz)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with taken as (delete from platform.sign_ins s where s.state = $1 returning s.*)
    select t.issuer, t.nonce, t.verifier, t.redirect_uri, t.return_to, clock_timestamp()
    from taken t
    where t.browser = $2 and t.host = $3 and t.door = $4 and t.expires_at > now();
end;

-- A sign-in that came to nothing: nobody knows whose it was.
create function app.sign_in_failed(door text, code text, request text[]) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    select app.count_up(n.nobody, n.nobody, app.nowhere(n.nobody, n.nobody, 'session', $3),
        'denied', 'session.create', null, null,
        json_build_object('code', left($2, 100), 'door', left($1, 100))::text, 1, 10)
    from (values ('00000000-0000-0000-0000-000000000000'::uuid)) n (nobody);
end;

grant execute on function
    app.sign_in_failed(text, text, text[]),
    app.begin_sign_in(bytea, bytea, text, text, text, text, text, text, text),
    app.take_sign_in(bytea, bytea, text, text) to bulkhead_identity;
