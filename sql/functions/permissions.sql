-- Permissions: what the caller may do. Policies ask the three set-wise questions below; app.can()
-- asks them of one row. All read tenant.role_permissions (and platform.share_permissions for
-- shares), at the moment of the statement: a role taken away, a credential revoked, a user
-- deactivated or a tenant suspended counts at the next statement of a running transaction.
--
-- Names are qualified instead of `set search_path` for speed: see context.sql.
set local role bulkhead_definer;

-- The caller's tenant-wide role as it stands now, or null if anything that admits the caller is
-- gone: credential, user, membership or tenant.
create function app.current_role_id() returns uuid
    language plpgsql stable parallel restricted security definer
as $$
begin
    return (
        select m.role_id
        from platform.credentials c
        join platform.users u on u.id operator(pg_catalog.=) c.user_id
            and u.state operator(pg_catalog.=) 'active'
        join tenant.members m on m.user_id operator(pg_catalog.=) u.id
            and m.state operator(pg_catalog.=) 'active'
        join platform.tenants t on t.id operator(pg_catalog.=) m.tenant_id
            and t.state operator(pg_catalog.=) 'active'
        where c.id operator(pg_catalog.=) (select app.credential_id())
            and m.tenant_id operator(pg_catalog.=) (select app.tenant_id())
            and c.revoked_at is null
            and c.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
end
$$;

-- Do the scopes of the caller's credential let `permission` through?
create function app.within_scopes(permission text) returns boolean
    language plpgsql stable parallel restricted security definer
as $$
begin
    return exists (
        select from platform.credentials c
        where c.id operator(pg_catalog.=) (select app.credential_id())
            and (c.scopes is null or $1 operator(pg_catalog.=) any (c.scopes)));
end
$$;

-- The role that answers for `permission` in this context (what app.context() gave): null after
-- the caller's admission ended, or when the credential's scopes leave `permission` out.
--
-- What the gate read is believed for the first millisecond of the transaction, in which a
-- request's first statement arrives; after it, every statement looks again.
create function app.live_role(context text, permission text) returns uuid
    language plpgsql stable parallel restricted
as $$
begin
    if pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.now()
            operator(pg_catalog.<=) '1 millisecond'::pg_catalog.interval
        and pg_catalog.substr(context, 181, 1) operator(pg_catalog.=) '-'
    then
        return pg_catalog.substr(context, 109, 36)::pg_catalog.uuid;
    elsif permission is null or app.within_scopes(permission) then
        return app.current_role_id();
    end if;
    return null;
end
$$;

-- The caller's own id while everything that admits them still stands.
create function app.member_id() returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    context pg_catalog.text := app.context();
begin
    if app.live_role(context, null) is null then
        return null;
    end if;
    return pg_catalog.substr(context, 37, 36)::pg_catalog.uuid;
end
$$;

-- The same for what people do to rows that are theirs, such as leaving: null for a credential with
-- scopes, since no permission names these acts and so no scope lets them through.
create function app.self_id() returns uuid
    language plpgsql stable parallel restricted
as $$
begin
    if pg_catalog.substr(app.context(), 181, 1) operator(pg_catalog.=) '-' then
        return app.member_id();
    end if;
    return null;
end
$$;

-- Does the caller hold `permission` tenant-wide, through the tenant-level role?
create function app.holds(permission text) returns boolean
    language plpgsql stable parallel restricted security definer
as $$
declare
    context pg_catalog.text := app.context();
begin
    return context is not null and exists (
        select from tenant.role_permissions p
        where p.tenant_id operator(pg_catalog.=) pg_catalog.left(context, 36)::pg_catalog.uuid
            and p.role_id operator(pg_catalog.=) app.live_role(context, $1)
            and p.level operator(pg_catalog.=) 'tenant'
            and p.permission operator(pg_catalog.=) $1);
end
$$;

grant execute on function app.member_id(), app.self_id(), app.holds(text) to bulkhead_api;
