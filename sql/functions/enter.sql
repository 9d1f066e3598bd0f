-- The gate: the only place where a credential becomes a context.
--
-- Read-only (no xid), so it works on a standby. One joined query, because two cost twice as much.
set local role bulkhead_definer;

-- Seals the settings of this transaction. Executable by the definer alone.
create function app.seal_context(
    tenant uuid, member uuid, credential uuid, role text,
    request_id text, trace_id text, client_ip text, reason text,
    kid text, inner_pad bytea, outer_pad bytea
) returns void
    language plpgsql volatile parallel unsafe
as $$
begin
    perform
        pg_catalog.set_config('app.tenant_id', coalesce(tenant::pg_catalog.text, ''), true),
        pg_catalog.set_config('app.user_id', member::pg_catalog.text, true),
        pg_catalog.set_config('app.agent_id', '', true),
        pg_catalog.set_config('app.role', coalesce(role, ''), true),
        pg_catalog.set_config('app.credential_id', coalesce(credential::pg_catalog.text, ''), true),
        pg_catalog.set_config('app.request_id', coalesce(request_id, ''), true),
        pg_catalog.set_config('app.trace_id', coalesce(trace_id, ''), true),
        pg_catalog.set_config('app.client_ip', coalesce(client_ip, ''), true),
        pg_catalog.set_config('app.reason', coalesce(reason, ''), true);
    perform pg_catalog.set_config('app.seal', kid operator(pg_catalog.||) pg_catalog.encode(
        pg_catalog.sha256(outer_pad operator(pg_catalog.||)
            pg_catalog.sha256(inner_pad operator(pg_catalog.||) app.sealed_payload())), 'hex'), true);
end
$$;

-- Enters `tenant` (null: the one an API key is bound to, or none for a session) as the holder of
-- the credential whose SHA-256 is given. Answers the tenant's id.
create function app.enter(
    credential bytea, tenant uuid,
    request_id text, trace_id text, client_ip text, reason text
) returns uuid
    language plpgsql volatile parallel unsafe security definer
as $$
declare
    found_one record;
begin
    select c.id, c.user_id, c.tenant_id as bound_to, t.id as tenant, t.state as tenant_state,
        m.user_id as member, r.name as role, k.kid, k.inner_pad, k.outer_pad
    into found_one
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

    if not found then
        raise exception 'the credential is not valid'
            using errcode = '28000', constraint = 'credential_invalid';
    end if;
    if found_one.member is null and coalesce($2, found_one.bound_to) is not null
        or found_one.bound_to operator(pg_catalog.<>) $2
    then
        -- One answer for: no such tenant, not a member, key bound elsewhere.
        raise exception 'this credential opens no such tenant'
            using errcode = '42501', constraint = 'tenant_unavailable';
    end if;
    if found_one.tenant_state operator(pg_catalog.<>) 'active' then
        raise exception 'the tenant is %', found_one.tenant_state
            using errcode = '42501', constraint = 'tenant_suspended';
    end if;
    if app.is_sealed() and (
        pg_catalog.current_setting('app.credential_id') operator(pg_catalog.<>) found_one.id::pg_catalog.text
        or pg_catalog.current_setting('app.tenant_id')
            operator(pg_catalog.<>) coalesce(found_one.tenant::pg_catalog.text, ''))
    then
        raise exception 'this transaction already speaks for another principal or tenant'
            using errcode = '42501', constraint = 'context_sealed';
    end if;
    if pg_catalog.length(pg_catalog.concat($3, $4, $5, $6)) operator(pg_catalog.>) 2000 then
        raise exception 'request id, trace id, client address and reason exceed 2000 characters'
            using errcode = '22001', constraint = 'context_too_long';
    end if;
    perform app.seal_context(found_one.tenant, found_one.user_id, found_one.id, found_one.role,
        $3, $4, $5, $6, found_one.kid, found_one.inner_pad, found_one.outer_pad);
    return found_one.tenant;
end
$$;

-- Before entering: which tenant does this credential mean by `slug` (a slug or an id)? Null for a
-- tenant that does not exist and for one its user is no member of, alike.
create function app.resolve(credential bytea, slug text) returns uuid
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select t.id
    from platform.credentials c
    join tenant.members m on m.user_id = c.user_id
    join platform.tenants t on t.id = m.tenant_id
    where c.hash = $1
        and (c.tenant_id = t.id or c.tenant_id is null)
        and case when $2 is null then c.tenant_id = t.id else t.slug = $2 or t.id::text = lower($2) end;
end;

grant execute on function app.enter(bytea, uuid, text, text, text, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
grant execute on function app.resolve(bytea, text)
    to bulkhead_api, bulkhead_worker, bulkhead_compliance;
