-- Purging: what has opened nothing for long is not kept. The history keeps that it was there.
set local role bulkhead_definer;

-- Removes up to `most` credentials that ended ninety days ago, with when they were used, of every
-- tenant and of none. Not the session of a token that is good still, which would open another. For
-- the worker plane.
create function app.purge_credentials(most integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    removed integer;
begin
    with old as (
        select c.id from platform.credentials c
        where least(c.revoked_at, c.expires_at) at time zone 'UTC'
            < (now() - interval '90 days') at time zone 'UTC'
            and not exists (
                select from platform.bearer_tokens b
                where b.credential_id = c.id and b.expires_at > now())
        order by least(c.revoked_at, c.expires_at) at time zone 'UTC'
        limit least(greatest($1, 0), 10000)
        for update skip locked
    )
    delete from platform.credentials c using old where c.id = old.id;
    get diagnostics removed = row_count;
    return removed;
end
$$;

-- Removes up to `most` logins by connections that are gone: nobody is known by them any more.
create function app.purge_identities(most integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    removed integer;
begin
    with old as (
        select i.id from platform.identities i
        where i.tenant_id is not null and not exists (
            select from tenant.connections c
            where c.tenant_id = i.tenant_id and c.id = i.connection_id)
        limit least(greatest($1, 0), 10000)
        for update skip locked
    )
    delete from platform.identities i using old where i.id = old.id;
    get diagnostics removed = row_count;
    return removed;
end
$$;

grant execute on function app.purge_credentials(integer), app.purge_identities(integer)
    to bulkhead_worker;
