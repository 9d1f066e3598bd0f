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
    said constant text := app.address_in($3);
    proven constant text := case when $4 then app.plain_address_in($3) end;
    opened constant uuid := platform.uuid_v7();
    login platform.identities;
begin
    if app.context() is not null then
        raise exception 'this transaction already speaks for somebody'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(concat($1, ' ', $2), 0));
    select i.* into login from platform.identities i
    where i.tenant_id is null and i.connection_id = nobody and i.issuer = $1 and i.subject = $2;
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
    expires_at := app.open_session(opened, login, null, null, 'sign-in', null, $6, $7, $8, $9,
        $10[7]);
    credential_id := opened;
    return next;
end
$$;

grant execute on function app.sign_in(text, text, text, boolean, text, bytea, text, interval,
    interval, text[]) to bulkhead_identity;
