-- Credentials made and ended by the operator: sessions for people, keys for first contact.
set local role bulkhead_definer;

create function app.create_session(email text, hash bytea, lifetime interval)
    returns table (credential_id uuid, expires_at timestamptz)
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into platform.credentials as c (kind, hash, user_id, name, expires_at)
    select 'session', $2, u.id, 'operator session', now() + $3
    from platform.users u
    where u.id = app.user_named($1) and u.state = 'active'
    returning c.id, c.expires_at;
end;

create function app.create_api_key(
    slug text, email text, name text, scopes text[], hash bytea, lifetime interval,
    start text default null
) returns table (credential_id uuid, expires_at timestamptz)
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into platform.credentials as c
        (kind, hash, user_id, user_state, tenant_id, name, scopes, expires_at, start)
    select 'api_key', $5, m.user_id, u.state, m.tenant_id, $3, $4, now() + $6, $7
    from platform.tenants t
    join tenant.members m on m.tenant_id = t.id
    join platform.users u on u.id = m.user_id
    where t.slug = $1 and lower(u.email) = lower($2)
    returning c.id, c.expires_at;
end;

create function app.list_api_keys(slug text, after_id uuid, most integer)
    returns table (credential_id uuid, name text, email text, scopes text[],
        created_at timestamptz, expires_at timestamptz, revoked_at timestamptz,
        last_used_at timestamptz)
    language plpgsql stable security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    home uuid := (select t.id from platform.tenants t where t.slug = $1);
begin
    if home is null then
        raise exception 'no such tenant' using errcode = '22023', constraint = 'key_tenant_known';
    end if;
    return query
        select c.id, c.name, u.email, c.scopes, c.created_at, c.expires_at, c.revoked_at,
            s.last_used_at
        from platform.credentials c
        join platform.users u on u.id = c.user_id
        left join platform.credential_uses s on s.credential_id = c.id
        where c.tenant_id = home and ($2 is null or c.id > $2)
        order by c.id
        limit least(greatest($3, 1), 1000);
end
$$;

-- Answers the credential's id, or nothing if there is no such credential.
create function app.revoke_credential(credential_id uuid) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.credentials c set revoked_at = coalesce(c.revoked_at, now())
    where c.id = $1
    returning c.id;
end;

grant execute on function
    app.create_session(text, bytea, interval),
    app.create_api_key(text, text, text, text[], bytea, interval, text),
    app.list_api_keys(text, uuid, integer),
    app.revoke_credential(uuid)
    to bulkhead_control;
