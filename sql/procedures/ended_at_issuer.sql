-- Back-channel logout: an issuer says that somebody has signed out there (OpenID Connect
-- Back-Channel Logout 1.0). What it signed has been verified by who calls.
set local role bulkhead_definer;

-- Ends the sessions that came from there: of that session at the issuer, or of that subject where
-- no session is named. How many; null where the token has counted before.
create function app.end_at_issuer(
    tenant uuid, connection uuid, issuer text, subject text, sid text, jti text,
    until timestamptz, request text[]
) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    through constant uuid := coalesce($2, nobody);
    known uuid[];
    ended bigint;
begin
    delete from platform.logout_tokens t
    where (t.connection_id, t.jti) in (
        select o.connection_id, o.jti from platform.logout_tokens o where o.expires_at < now()
        order by o.expires_at limit 2
        for update skip locked);
    insert into platform.logout_tokens (connection_id, jti, expires_at)
    values (through, sha256(convert_to(concat($3, ' ', $6), 'UTF8')),
        least($7, now() + interval '1 hour'))
    on conflict do nothing;
    if not found then
        return null;
    end if;
    perform app.wear(app.nowhere(nobody, nobody, 'session', $8));
    -- Apart, so that each is found by an index.
    known := case when $1 is null
        then array(select i.id from platform.identities i
            where i.tenant_id is null and i.connection_id = through and i.issuer = $3
                and ($4 is null or i.subject = $4))
        else array(select i.id from platform.identities i
            where i.tenant_id = $1 and i.connection_id = through and i.issuer = $3
                and ($4 is null or i.subject = $4)) end;
    update platform.credentials c set revoked_at = now()
    where c.identity_id = any (known) and c.kind = 'session' and c.revoked_at is null
        and ($5 is null or c.sid = $5);
    get diagnostics ended = row_count;
    return ended;
end
$$;

grant execute on function app.end_at_issuer(uuid, uuid, text, text, text, text, timestamptz, text[])
    to bulkhead_identity;
