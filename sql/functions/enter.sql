-- The gate: the only place where a credential becomes a context.
--
-- Read-only (no xid), so it works on a standby. One query, and one test for all
-- refusals: each further table and expression is paid for in every transaction.
set local role bulkhead_definer;

-- Enters `tenant` (null: the one an API key is bound to, or none for a session) as the holder of
-- the credential whose SHA-256 is given. Answers the tenant's id. The rest is what the history says
-- of the request; a read need not give the last four.
create function app.enter(
    credential bytea, tenant uuid,
    request_id text, trace_id text, client_ip text, reason text,
    span_id text default '', route text default '', user_agent text default '',
    app_version text default ''
) returns uuid
    language plpgsql volatile parallel unsafe security definer
as $$
declare
    here pg_catalog.uuid;
    worn pg_catalog.text;
begin
    select m.tenant_id,
        case when (
                r.tenant_state operator(pg_catalog.=) 'active'
                    and (c.tenant_id is null or c.tenant_id operator(pg_catalog.=) m.tenant_id)
                -- What is bound to it: its keys, and sessions by its own connections.
                or r.tenant_state operator(pg_catalog.=) 'sso_only'
                    and c.tenant_id operator(pg_catalog.=) m.tenant_id
                or coalesce($2, c.tenant_id) is null)
            and app.context() is null
            -- An older snapshot would keep alive what has been revoked since.
            and pg_catalog.current_setting('transaction_isolation')
                operator(pg_catalog.=) 'read committed'
            and pg_catalog.length(pg_catalog.concat($3, $4, $5, $6, $7, $8, $9, $10))
                operator(pg_catalog.<=) 2000
        then app.wear(pg_catalog.concat('bulkhead_',
            coalesce(m.payload, pg_catalog.repeat('0', 64)), c.payload,
            '00000000000000000000000000000000',
            coalesce(m.person, '00000000000000000000000000000000'),
            case when c.kind operator(pg_catalog.=) 'session' then 's' else 'k' end,
            r.tenant_permissions, ' ',
            pg_catalog.encode(pg_catalog.convert_to(
                array[$3, $4, $5, $6, $7, $8, $9, $10]::pg_catalog.text, 'UTF8'), 'hex'))) end
    into here, worn
    from platform.credentials c
    left join tenant.members m on m.tenant_id operator(pg_catalog.=) coalesce($2, c.tenant_id)
        and m.user_id operator(pg_catalog.=) c.user_id and m.state operator(pg_catalog.=) 'active'
    left join tenant.roles r on r.tenant_id operator(pg_catalog.=) m.tenant_id
        and r.id operator(pg_catalog.=) m.role_id
    left join tenant.connections n on n.tenant_id operator(pg_catalog.=) c.tenant_id
        and n.id operator(pg_catalog.=) c.connection_id
    where c.hash operator(pg_catalog.=) $1
        and (c.connection_id is null or n.state operator(pg_catalog.=) 'active')
        and c.user_state operator(pg_catalog.=) 'active'
        and c.revoked_at is null
        and c.expires_at operator(pg_catalog.>) pg_catalog.now()
        and c.idle_until operator(pg_catalog.>) pg_catalog.now();
    if worn is null then
        perform app.refuse($1, $2,
            pg_catalog.length(pg_catalog.concat($3, $4, $5, $6, $7, $8, $9, $10)));
    end if;
    return here;
end
$$;

-- Why the gate stays shut, in the order that tells a stranger least. Returns only where the
-- transaction already speaks for this very principal, credential and tenant.
create function app.refuse(credential bytea, tenant uuid, length integer) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    asked record;
begin
    select c.user_id, c.id, coalesce($2, c.tenant_id) as tenant, r.tenant_state,
        m.user_id is not null and coalesce(c.tenant_id, m.tenant_id) = m.tenant_id as is_member,
        c.tenant_id is not null as is_bound
    into asked
    from platform.credentials c
    left join tenant.members m on m.tenant_id = coalesce($2, c.tenant_id)
        and m.user_id = c.user_id and m.state = 'active'
    left join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    left join tenant.connections n on n.tenant_id = c.tenant_id and n.id = c.connection_id
    where c.hash = $1 and c.user_state = 'active'
        and (c.connection_id is null or n.state = 'active')
        and c.revoked_at is null and c.expires_at > now() and c.idle_until > now();
    if not found then
        raise exception 'the credential is not valid'
            using errcode = '28000', constraint = 'credential_invalid';
    elsif asked.tenant is not null and not asked.is_member then
        -- One answer for: no such tenant, not a member, key bound elsewhere.
        raise exception 'this credential opens no such tenant'
            using errcode = '42501', constraint = 'tenant_unavailable';
    elsif asked.tenant_state = 'sso_only' and not asked.is_bound then
        raise exception 'the tenant has its people sign in by its own connection'
            using errcode = '42501', constraint = 'sso_required';
    elsif asked.tenant_state not in ('active', 'sso_only') then
        raise exception 'the tenant is %', asked.tenant_state
            using errcode = '42501', constraint = 'tenant_suspended';
    elsif length > 2000 then
        raise exception 'what is told of the request is too long'
            using errcode = '22001', constraint = 'context_too_long';
    elsif current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the gate opens at isolation level read committed only'
            using errcode = '25001', constraint = 'context_isolation';
    elsif (asked.tenant, asked.user_id, asked.id)
        is distinct from (app.tenant_id(), app.user_id(), app.credential_id())
    then
        raise exception 'this transaction already speaks for another principal or tenant'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
end
$$;

grant execute on function
    app.enter(bytea, uuid, text, text, text, text, text, text, text, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
