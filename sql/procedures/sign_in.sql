-- Signing in: from what an issuer has said of somebody to a session of the user who they are.
--
-- The identity plane alone may say so: it checks what issuers sign, and does nothing else. A person
-- is found by issuer and subject, never by address: an address may be another's tomorrow.
set local role bulkhead_definer;

-- Opens a session, whose token's hash is given, for the person whom an issuer of the platform's own
-- knows by `subject`. Makes the user and their own tenant when they first come. Of many at once,
-- one makes them and the others find them. `refused` names why there is no session.
create function app.sign_in(
    issuer text, subject text, email text, email_verified boolean, display_name text,
    hash bytea, host text, lifetime interval, idle interval, request text[]
) returns table (user_id uuid, credential_id uuid, expires_at timestamptz, refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    -- What is no address is no less a sign-in.
    said constant text := case when $3 ~ '^[^@\s]+@[^@\s]+$' and length($3) <= 320 then $3 end;
    -- Other letters than ASCII's are folded by the server's locale: they might lead to anybody.
    proven constant text := case when $4
        and said ~ '^[!-?A-~]+@[A-Za-z0-9.-]+$' collate "C" then said end;
    opened constant uuid := platform.uuid_v7();
    login platform.identities;
begin
    if app.context() is not null then
        raise exception 'this transaction already speaks for somebody'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(concat($1, ' ', $2), 0));
    select i.* into login from platform.identities i
    where i.connection_id = nobody and i.issuer = $1 and i.subject = $2;
    if found then
        update platform.identities i set email = said, email_verified = coalesce($4, false)
        where i.id = login.id
            and (i.email, i.email_verified) is distinct from (said, coalesce($4, false));
    else
        insert into platform.identities (connection_id, issuer, subject, user_id, email,
            email_verified)
        values (nobody, $1, $2, app.newcomer(proven, $5), said, coalesce($4, false))
        returning * into login;
    end if;
    user_id := login.user_id;
    if not exists (select from platform.users u where u.id = login.user_id and u.state = 'active')
    then
        refused := 'user_deactivated';
        perform app.count_up(nobody, app.pseudonym_of(nobody, login.user_id),
            app.nowhere(login.user_id, nobody, 'session', $10), 'denied', 'session.create', null,
            null, '{"code":"user_deactivated"}', 1, 10);
        return next;
        return;
    end if;
    -- What follows is theirs.
    perform app.wear(app.nowhere(login.user_id, opened, 'session', $10));
    perform app.own_tenant(login.user_id);
    if proven is not null then
        perform app.enrol_by_domain(login.user_id, proven);
    end if;
    insert into platform.credentials as c (id, kind, hash, user_id, identity_id, name, host,
        expires_at, idle, idle_until, user_agent)
    values (opened, 'session', $6, login.user_id, login.id, 'sign-in', $7, now() + $8, $9,
        coalesce(now() + $9, 'infinity'), left($10[7], 400))
    returning c.id, c.expires_at into credential_id, expires_at;
    -- Nobody has more than a hundred: the oldest end.
    update platform.credentials c set revoked_at = now()
    where c.id in (
        select o.id from platform.credentials o
        where uuid_send(o.user_id) = uuid_send(login.user_id) and o.kind = 'session'
            and o.revoked_at is null and o.expires_at > now()
        order by o.id desc offset 100);
    return next;
end
$$;

grant execute on function app.sign_in(text, text, text, boolean, text, bytea, text, interval,
    interval, text[]) to bulkhead_identity;
