-- Sessions: those of one person, in whatever tenants, for that person alone.
--
-- No policy could show them: most belong to no tenant. A key never sees or ends them. One that is
-- bound to a tenant sees and ends those bound to the same alone: whoever runs that tenant's issuer
-- can open one, and is not the person anywhere else.
set local role bulkhead_definer;

-- Refuses whoever does not come by a session.
create function app.require_session() returns uuid
    language plpgsql stable parallel restricted
    set search_path = ''
as $$
begin
    if coalesce(substr(app.context(), 203, 1), '') <> 's' then
        raise exception 'sessions are seen and ended by one of them'
            using errcode = '42501', constraint = 'session_required';
    end if;
    return app.user_id();
end
$$;

-- Refuses whoever does not come by a session that is theirs everywhere.
create function app.require_own_session() returns uuid
    language plpgsql stable parallel restricted
    set search_path = ''
as $$
declare
    me constant uuid := app.require_session();
begin
    if app.session_tenant() is not null then
        raise exception 'this session is bound to one tenant'
            using errcode = '42501', constraint = 'session_bound';
    end if;
    return me;
end
$$;

-- The tenant that the caller's credential is bound to.
create function app.session_tenant() returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select c.tenant_id from platform.credentials c where c.id = app.credential_id();
end;

create function app.my_sessions()
    returns table (id uuid, current boolean, tenant_id uuid, host text, user_agent text,
        created_at timestamptz, last_used_at timestamptz, expires_at timestamptz)
    language plpgsql stable parallel restricted security definer rows 5
    set search_path = ''
as $$
#variable_conflict use_column
declare
    me constant uuid := app.require_session();
    bound constant uuid := app.session_tenant();
begin
    return query
        select c.id, c.id = app.credential_id(), c.tenant_id, c.host, c.user_agent, c.created_at,
            u.last_used_at, least(c.expires_at, c.idle_until)
        from platform.credentials c
        left join platform.credential_uses u on u.credential_id = c.id
        where uuid_send(c.user_id) = uuid_send(me) and c.kind = 'session' and c.revoked_at is null
            and c.expires_at > now() and c.idle_until > now()
            and (bound is null or c.tenant_id = bound)
        order by c.id desc
        limit 1000;
end
$$;

-- Ends one session, the current one included; answers whether there was one. Null ends them all but
-- the current one.
create function app.end_sessions(session uuid) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    me constant uuid := app.require_session();
    bound constant uuid := app.session_tenant();
    ended bigint;
begin
    update platform.credentials c set revoked_at = now()
    where uuid_send(c.user_id) = uuid_send(me) and c.kind = 'session' and c.revoked_at is null
        and (bound is null or c.tenant_id = bound)
        and case when $1 is null then c.id <> app.credential_id() else c.id = $1 end;
    get diagnostics ended = row_count;
    return ended;
end
$$;

grant execute on function app.my_sessions(), app.end_sessions(uuid) to bulkhead_api;
