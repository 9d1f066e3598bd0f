-- Opening a session, once it is known whose it is.
set local role bulkhead_definer;

-- A session of `login`'s user: of one tenant, or of all of theirs. Of each kind nobody has more
-- than a hundred: the oldest end. Believes its arguments: for other definer functions only.
create function app.open_session(
    opened uuid, login platform.identities, tenant uuid, connection uuid, name text, sid text,
    hash bytea, host text, lifetime interval, idle interval, user_agent text
) returns timestamptz
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    until timestamptz;
begin
    insert into platform.credentials as c (id, kind, hash, user_id, tenant_id, connection_id,
        identity_id, name, sid, host, expires_at, idle, idle_until, user_agent)
    values ($1, 'session', $7, $2.user_id, $3, $4, $2.id, $5, $6, $8, now() + $9, $10,
        coalesce(now() + $10, 'infinity'), left($11, 400))
    returning c.expires_at into until;
    update platform.credentials c set revoked_at = now()
    where c.id in (
        select o.id from platform.credentials o
        where uuid_send(o.user_id) = uuid_send($2.user_id) and o.kind = 'session'
            and o.tenant_id is not distinct from $3
            and o.revoked_at is null and o.expires_at > now()
        order by o.id desc offset 100);
    return until;
end
$$;

-- What was opened in a user's name until now, but the credential that is spared: before they came
-- as they do now, it may have been another's. `tenant` leaves what is of other organizations, who
-- say for themselves who their people are; null leaves nothing.
create function app.end_all(person uuid, spared uuid, tenant uuid) returns void
    language sql volatile
    set search_path = ''
begin atomic
    update platform.credentials c set revoked_at = now()
    where uuid_send(c.user_id) = uuid_send($1) and c.revoked_at is null
        and c.id is distinct from $2
        and ($3 is null or c.tenant_id is null or c.tenant_id = $3 or c.tenant_id in (
            select t.id from platform.tenants t where t.personal_user_id = $1));
end;
