-- Permissions: what the caller may do. Policies ask the three set-wise questions tenant_with(),
-- workspaces_with() and documents_with(); app.can() asks them of one row. All read
-- tenant.role_permissions (and platform.share_permissions for shares), at the moment of the
-- statement: a role taken away, a credential revoked, a user deactivated or a tenant suspended
-- counts at the next statement of a running transaction.
--
-- Every answer is an id, never a bare yes: a yes given in one tenant, kept by an open cursor and
-- met by a row of another, would open it.
--
-- Names are qualified instead of `set search_path` for speed: see context.sql.
set local role bulkhead_definer;

-- The caller's tenant-wide role as it stands now, or null if anything that admits the caller is
-- gone: credential, user, membership or tenant. With a permission, null too where the
-- credential's scopes leave it out.
create function app.standing_role(permission text) returns uuid
    language plpgsql stable parallel restricted security definer
as $$
begin
    return (
        select m.role_id
        from platform.credentials c
        join tenant.members m on m.user_id operator(pg_catalog.=) c.user_id
            and m.state operator(pg_catalog.=) 'active'
            and m.tenant_state operator(pg_catalog.=) 'active'
        where c.id operator(pg_catalog.=) (select app.credential_id())
            and m.tenant_id operator(pg_catalog.=) (select app.tenant_id())
            and c.user_state operator(pg_catalog.=) 'active'
            and c.revoked_at is null
            and c.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp()
            and ($1 is null or c.scopes is null or $1 operator(pg_catalog.=) any (c.scopes)));
end
$$;

-- The same, where what the gate read is believed for the first millisecond of the transaction, in
-- which a request's first statement arrives; after it, every statement looks again. `context` is
-- what app.context() gave. Inlined.
create function app.live_role(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return case
        when pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.now()
                operator(pg_catalog.<=) '1 millisecond'::pg_catalog.interval
            and pg_catalog.substr(context, 161, 1) operator(pg_catalog.=) 'a'
        then pg_catalog.substr(context, 97, 32)::pg_catalog.uuid
        else app.standing_role(permission)
    end;

-- The tenant, if the caller holds `permission` in all of it, through the tenant-level role.
create function app.tenant_with(permission text) returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    context constant pg_catalog.text := app.context();
    role constant pg_catalog.uuid := app.live_role(context, permission);
    here pg_catalog.uuid;
begin
    -- Not `return (select …)`, which costs twice as much.
    select p.tenant_id into here
    from tenant.role_permissions p
    where p.tenant_id operator(pg_catalog.=) pg_catalog.left(context, 32)::pg_catalog.uuid
        and p.role_id operator(pg_catalog.=) role
        and p.level operator(pg_catalog.=) 'tenant'
        and p.permission operator(pg_catalog.=) $1;
    return here;
end
$$;

-- Does the caller hold `permission` tenant-wide?
create function app.holds(permission text) returns boolean
    language sql stable parallel restricted
    return app.tenant_with(permission) is not null;

-- The caller's own id while everything that admits them still stands.
create function app.member_id() returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    context constant pg_catalog.text := app.context();
begin
    if app.live_role(context, null) is null then
        return null;
    end if;
    return app.user_id();
end
$$;

-- The same for what people do to rows that are theirs, such as leaving: null for a credential with
-- scopes, since no permission names these acts and so no scope lets them through.
create function app.self_id() returns uuid
    language plpgsql stable parallel restricted
as $$
begin
    if pg_catalog.substr(app.context(), 161, 1) operator(pg_catalog.=) 'a' then
        return app.member_id();
    end if;
    return null;
end
$$;

grant execute on function
    app.member_id(), app.self_id(), app.tenant_with(text), app.holds(text)
    to bulkhead_api;
