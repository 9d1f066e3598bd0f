-- The gate: the only place where a credential becomes a context.
--
-- Read-only (no xid), so it works on a standby. One joined query and one test for all refusals:
-- each further expression is paid for in every transaction.
set local role bulkhead_definer;

-- Enters `tenant` (null: the one an API key is bound to, or none for a session) as the holder of
-- the credential whose SHA-256 is given. Answers the tenant's id.
create function app.enter(
    credential bytea, tenant uuid,
    request_id text, trace_id text, client_ip text, reason text
) returns uuid
    language plpgsql volatile parallel unsafe security definer
as $$
declare
    -- Qualified like every name: a domain of that name would be cast to, and its CHECK run.
    admitted pg_catalog.record;
begin
    select t.id as tenant, t.state, k.kid, k.inner_pad, k.outer_pad,
        coalesce($2, c.tenant_id) as wanted,
        m.user_id is not null
            and (c.tenant_id is null or c.tenant_id operator(pg_catalog.=) t.id) as is_member,
        pg_catalog.concat(
            coalesce(t.id, '00000000-0000-0000-0000-000000000000'), c.user_id, c.id,
            coalesce(m.role_id, '00000000-0000-0000-0000-000000000000'),
            '00000000-0000-0000-0000-000000000000',
            case when c.scopes is null then '-' else 's' end,
            array[coalesce(r.name, ''), coalesce($3, ''), coalesce($4, ''), coalesce($5, ''),
                coalesce($6, '')]) as payload
    into admitted
    from platform.credentials c
    join platform.users u on u.id operator(pg_catalog.=) c.user_id
        and u.state operator(pg_catalog.=) 'active'
    join platform.seal_keys k on k.retires_at is null
    left join platform.tenants t on t.id operator(pg_catalog.=) coalesce($2, c.tenant_id)
    left join tenant.members m on m.tenant_id operator(pg_catalog.=) t.id
        and m.user_id operator(pg_catalog.=) c.user_id and m.state operator(pg_catalog.=) 'active'
    left join tenant.roles r on r.tenant_id operator(pg_catalog.=) m.tenant_id
        and r.id operator(pg_catalog.=) m.role_id
    where c.hash operator(pg_catalog.=) $1
        and c.revoked_at is null
        and c.expires_at operator(pg_catalog.>) pg_catalog.now();

    if admitted.kid is null
        or admitted.wanted is not null
            and (admitted.is_member is not true or admitted.state operator(pg_catalog.<>) 'active')
        or pg_catalog.length(admitted.payload) operator(pg_catalog.>) 2500
        or pg_catalog.current_setting('app.context', true) operator(pg_catalog.<>) ''
            and pg_catalog.left(app.context(), 108)
                operator(pg_catalog.<>) pg_catalog.left(admitted.payload, 108)
    then
        perform app.refuse(admitted.kid is null, admitted.wanted is not null, admitted.is_member,
            admitted.state, pg_catalog.length(admitted.payload));
    end if;
    perform pg_catalog.set_config('app.context',
        pg_catalog.concat(admitted.kid,
            app.seal(admitted.inner_pad, admitted.outer_pad, admitted.payload), admitted.payload),
        true);
    return admitted.tenant;
end
$$;

-- Why the gate stays shut, in the order that tells a stranger least. Always raises.
create function app.refuse(
    unknown boolean, wants_tenant boolean, is_member boolean, state text, length integer
) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    if unknown then
        raise exception 'the credential is not valid'
            using errcode = '28000', constraint = 'credential_invalid';
    elsif wants_tenant and is_member is not true then
        -- One answer for: no such tenant, not a member, key bound elsewhere.
        raise exception 'this credential opens no such tenant'
            using errcode = '42501', constraint = 'tenant_unavailable';
    elsif state <> 'active' then
        raise exception 'the tenant is %', state
            using errcode = '42501', constraint = 'tenant_suspended';
    elsif length > 2500 then
        raise exception 'request id, trace id, client address and reason are too long together'
            using errcode = '22001', constraint = 'context_too_long';
    end if;
    raise exception 'this transaction already speaks for another principal or tenant'
        using errcode = '42501', constraint = 'context_sealed';
end
$$;

-- Before entering: which tenant does this credential mean by `slug` (a slug or an id)? Null for a
-- tenant that does not exist and for one its user is no member of, alike. Null too for a credential
-- that no longer opens anything, or its holder could still use up the tenant's share of requests.
create function app.resolve(credential bytea, slug text) returns uuid
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select t.id
    from platform.credentials c
    join platform.users u on u.id = c.user_id and u.state = 'active'
    join tenant.members m on m.user_id = c.user_id and m.state = 'active'
    join platform.tenants t on t.id = m.tenant_id
    where c.hash = $1
        and c.revoked_at is null
        and c.expires_at > now()
        and (c.tenant_id = t.id or c.tenant_id is null)
        and case when $2 is null then c.tenant_id = t.id
            else t.slug = $2 or t.id::text = lower($2) end;
end;

grant execute on function app.enter(bytea, uuid, text, text, text, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
grant execute on function app.resolve(bytea, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
