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
        join tenant.roles r on r.tenant_id operator(pg_catalog.=) m.tenant_id
            and r.id operator(pg_catalog.=) m.role_id
            and (r.tenant_state operator(pg_catalog.=) 'active'
                or r.tenant_state operator(pg_catalog.=) 'sso_only'
                    and c.tenant_id operator(pg_catalog.=) m.tenant_id)
        left join tenant.connections n on n.tenant_id operator(pg_catalog.=) c.tenant_id
            and n.id operator(pg_catalog.=) c.connection_id
        where c.id operator(pg_catalog.=) (select app.credential_id())
            and (c.connection_id is null or n.state operator(pg_catalog.=) 'active')
            and m.tenant_id operator(pg_catalog.=) (select app.tenant_id())
            and c.user_state operator(pg_catalog.=) 'active'
            and c.revoked_at is null
            and c.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp()
            and c.idle_until operator(pg_catalog.>) pg_catalog.clock_timestamp()
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
            and pg_catalog.substr(context, 74, 1) operator(pg_catalog.=) 'a'
        then pg_catalog.substr(context, 42, 32)::pg_catalog.uuid
        else app.standing_role(permission)
    end;

-- The tenant, if the caller's role permits that in all of it at this moment.
create function app.standing_tenant(permission text) returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    role constant pg_catalog.uuid := app.standing_role(permission);
    here pg_catalog.uuid;
begin
    -- Not `return (select …)`, which costs twice as much.
    select p.tenant_id into here
    from tenant.role_permissions p
    where p.tenant_id operator(pg_catalog.=) app.tenant_id()
        and p.role_id operator(pg_catalog.=) role
        and p.level operator(pg_catalog.=) 'tenant'
        and p.permission operator(pg_catalog.=) $1;
    return here;
end
$$;

-- The tenant, if the caller holds `permission` in all of it, through the tenant-level role: as the
-- gate has read it for the transaction's first millisecond, as it stands from then on.
create function app.tenant_with(permission text) returns uuid
    language plpgsql volatile parallel restricted
as $$
begin
    return app.tenant_in(app.context(), permission);
end
$$;

-- The same of what app.context() gave. Inlined; parameter.sql makes all of tenant_with() so.
create function app.tenant_in(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return case
        when pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.now()
                operator(pg_catalog.<=) '1 millisecond'::pg_catalog.interval
            and pg_catalog.substr(context, 74, 1) operator(pg_catalog.=) 'a'
        then case
            when pg_catalog.strpos(context, ',' operator(pg_catalog.||)
                pg_catalog.replace(permission, '.', '_') operator(pg_catalog.||) ',')
                operator(pg_catalog.>) 0
            then pg_catalog.substr(context, 10, 32)::pg_catalog.uuid end
        else app.standing_tenant(permission)
    end;

-- Does the caller hold `permission` tenant-wide?
create function app.holds(permission text) returns boolean
    language sql volatile parallel restricted
    return app.tenant_with(permission) is not null;

grant execute on function
    app.standing_tenant(text), app.tenant_in(text, text), app.tenant_with(text), app.holds(text)
    to bulkhead_api;
