-- Bearer tokens: what an issuer of the platform's own has signed opens a session, once.
--
-- The session's hash is that of the token, so the gate admits who presents it, and no longer than
-- it lives. The identity plane alone says that a token is good; it has checked the signature.
set local role bulkhead_definer;

-- Whether a token was presented before, and what time it is. Whether it still opens anything, the
-- gate says.
create function app.find_bearer(hash bytea) returns table (known boolean, now timestamptz)
    language sql stable security definer
    set search_path = ''
begin atomic
    select exists (
            select from platform.credentials c
            join platform.bearer_tokens b on b.credential_id = c.id
            where c.hash = $1),
        clock_timestamp();
end;

-- Opens the session of a token that was not presented before; who comes for the first time comes
-- as by signing in. Answers why there is none. Once ended it stays ended, since its row stays until
-- the token is worth nothing; so nobody has more than fifty at a time.
create function app.bearer_session(
    issuer text, subject text, email text, email_verified boolean, display_name text,
    hash bytea, signed bytea, expires_at timestamptz, longest interval, request text[]
) returns text
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    known bytea;
    came record;
begin
    -- Of a token that comes many times at once, one opens it. app.sign_in takes the same lock.
    perform pg_advisory_xact_lock(hashtextextended(concat($1, ' ', $2), 0));
    select c.hash into known from platform.bearer_tokens b
    join platform.credentials c on c.id = b.credential_id
    where b.signed = $7;
    if found then
        -- Signed anew by whoever holds it, which some algorithms let them, it is no other token.
        return case when known <> $6 then 'token_altered' end;
    elsif $8 <= now() then
        return 'token_expired';
    elsif $8 > now() + $9 then
        return 'token_lives_long';
    elsif (
        select count(*) from platform.bearer_tokens b
        join platform.identities i on i.user_id = b.user_id
        where i.tenant_id is null and i.connection_id = nobody and i.issuer = $1
            and i.subject = $2 and b.expires_at > now()) >= 50
    then
        return 'bearer_tokens_too_many';
    end if;
    select s.* into came
    from app.sign_in($1, $2, $3, $4, $5, $6, null,
        -- In seconds alone: a day of an interval is a day of somebody's calendar.
        make_interval(secs => extract(epoch from $8 - now())::double precision), null, $10) s;
    if came.refused is null then
        insert into platform.bearer_tokens (signed, credential_id, user_id, expires_at)
        values ($7, came.credential_id, came.user_id, $8);
    end if;
    return came.refused;
end
$$;

-- Removes tokens that no clock takes for good any more, with their sessions.
create function app.purge_bearer_tokens(most integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    removed integer;
begin
    with old as (
        select b.credential_id from platform.bearer_tokens b
        where b.expires_at < now() - interval '1 hour'
        order by b.expires_at
        limit least(greatest($1, 0), 10000)
    )
    delete from platform.credentials c using old where c.id = old.credential_id;
    get diagnostics removed = row_count;
    return removed;
end
$$;

grant execute on function
    app.find_bearer(bytea),
    app.bearer_session(text, text, text, boolean, text, bytea, bytea, timestamptz, interval,
        text[])
    to bulkhead_identity;
grant execute on function app.purge_bearer_tokens(integer) to bulkhead_worker;
