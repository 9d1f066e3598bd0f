-- Permissions: what the caller may do. Policies ask the three set-wise questions below; app.can()
-- asks them of one row. All read tenant.role_permissions (and platform.share_permissions for
-- shares), at the moment of the statement: a role taken away, a credential revoked, a user
-- deactivated or a tenant suspended counts at the next statement of a running transaction.
--
-- Names are qualified instead of `set search_path` for speed: see context.sql.
set local role bulkhead_definer;

-- The caller's tenant-wide role if everything that admits the caller still stands, else null;
-- null too when the credential's scopes leave `permission` out.
create function app.live_role(permission text) returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    live_role pg_catalog.uuid;
begin
    if not app.is_sealed() then
        return null;
    end if;
    select m.role_id into live_role
    from platform.credentials c
    join platform.users u on u.id operator(pg_catalog.=) c.user_id
        and u.state operator(pg_catalog.=) 'active'
    join tenant.members m on m.user_id operator(pg_catalog.=) u.id
        and m.state operator(pg_catalog.=) 'active'
        and m.tenant_id operator(pg_catalog.=)
            nullif(pg_catalog.current_setting('app.tenant_id'), '')::pg_catalog.uuid
    join platform.tenants t on t.id operator(pg_catalog.=) m.tenant_id
        and t.state operator(pg_catalog.=) 'active'
    where c.id operator(pg_catalog.=) pg_catalog.current_setting('app.credential_id')::pg_catalog.uuid
        and c.revoked_at is null
        and c.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp()
        and (c.scopes is null or $1 is null or $1 operator(pg_catalog.=) any (c.scopes));
    return live_role;
end
$$;

-- The caller's own id while everything that admits them still stands.
create function app.member_id() returns uuid
    language plpgsql stable parallel restricted security definer
as $$
begin
    if app.live_role(null) is null then
        return null;
    end if;
    return pg_catalog.current_setting('app.user_id')::pg_catalog.uuid;
end
$$;

-- Does the caller hold `permission` tenant-wide, through the tenant-level role?
create function app.holds(permission text) returns boolean
    language plpgsql stable parallel restricted security definer
as $$
begin
    return exists (
        select from tenant.role_permissions p
        where p.tenant_id operator(pg_catalog.=)
                nullif(pg_catalog.current_setting('app.tenant_id', true), '')::pg_catalog.uuid
            and p.role_id operator(pg_catalog.=) (select app.live_role($1))
            and p.level operator(pg_catalog.=) 'tenant'
            and p.permission operator(pg_catalog.=) $1);
end
$$;

-- The workspaces in which the caller holds `permission` by membership, by a team's membership, or
-- by a share of the whole workspace. Tenant-wide holders are app.holds()'s to answer.
create function app.workspaces_with(permission text) returns setof uuid
    language plpgsql stable parallel restricted security definer rows 20
as $$
declare
    here pg_catalog.uuid;
    me pg_catalog.uuid;
begin
    if app.live_role($1) is null then
        return;
    end if;
    here := pg_catalog.current_setting('app.tenant_id')::pg_catalog.uuid;
    me := pg_catalog.current_setting('app.user_id')::pg_catalog.uuid;
    return query
        select w.workspace_id
        from tenant.workspace_members w
        join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
            and p.role_id operator(pg_catalog.=) w.role_id
            and p.level operator(pg_catalog.=) 'workspace'
            and p.permission operator(pg_catalog.=) $1
        where w.tenant_id operator(pg_catalog.=) here and w.user_id operator(pg_catalog.=) me
        union all
        select w.workspace_id
        from tenant.team_members t
        join tenant.workspace_members w on w.tenant_id operator(pg_catalog.=) here
            and w.team_id operator(pg_catalog.=) t.team_id
        join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
            and p.role_id operator(pg_catalog.=) w.role_id
            and p.level operator(pg_catalog.=) 'workspace'
            and p.permission operator(pg_catalog.=) $1
        where t.tenant_id operator(pg_catalog.=) here and t.user_id operator(pg_catalog.=) me
        union all
        select s.workspace_id from app.shares_with($1, here, me) s where s.document_id is null;
end
$$;

-- The documents in which the caller holds `permission` by a share of that document.
create function app.documents_with(permission text) returns setof uuid
    language plpgsql stable parallel restricted security definer rows 20
as $$
begin
    if app.live_role($1) is not null then
        return query
            select s.document_id
            from app.shares_with($1,
                pg_catalog.current_setting('app.tenant_id')::pg_catalog.uuid,
                pg_catalog.current_setting('app.user_id')::pg_catalog.uuid) s
            where s.document_id is not null;
    end if;
end
$$;

grant execute on function
    app.member_id(), app.holds(text), app.workspaces_with(text), app.documents_with(text)
    to bulkhead_api;
