-- Granting: nobody hands out more than they hold.
--
-- Not hot (asked on writes only), so these pin search_path the ordinary way.
set local role bulkhead_definer;

-- Do the scopes of the caller's credential let `permission` through?
create function app.within_scopes(permission text) returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select exists (
        select from platform.credentials c
        where c.id = app.credential_id() and (c.scopes is null or $1 = any (c.scopes)));
end;

-- The permissions the caller holds tenant-wide, within the credential's scopes.
create function app.my_permissions() returns setof text
    language plpgsql stable parallel restricted security definer
    set search_path = ''
as $$
begin
    return query
        select p.permission
        from tenant.role_permissions p
        where p.tenant_id = app.tenant_id()
            and p.role_id = (select app.standing_role(null))
            and p.level = 'tenant'
            and app.within_scopes(p.permission);
end
$$;

-- May a credential with these scopes be made by the caller's credential?
create function app.may_mint(scopes text[]) returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select coalesce((
        select (c.scopes is null or coalesce($1 <@ c.scopes, false))
            -- What is opened for an hour leaves nothing that lasts.
            and (c.kind, c.name) <> ('session', 'break-glass')
        from platform.credentials c where c.id = app.credential_id()), false);
end;

-- May the caller use `permission` here: tenant-wide, in this workspace, or on this document?
create function app.can(permission text, workspace uuid default null, document uuid default null)
    returns boolean
    language sql stable parallel restricted
    set search_path = ''
begin atomic
    -- Never null, which would slip through an `if not app.can(…)`.
    select coalesce(
        app.holds($1)
            or $2 = any (app.workspaces_with($1))
            or $3 = any (app.documents_with($1)),
        false);
end;

-- The tenant-level roles whose rights the caller holds themselves: those they may give or take.
create function app.assignable_roles() returns setof uuid
    language plpgsql stable parallel restricted security definer
    set search_path = ''
as $$
begin
    return query
        select r.id
        from tenant.roles r
        where r.tenant_id = app.tenant_id()
            and not exists (
                select from tenant.role_permissions p
                where p.tenant_id = r.tenant_id and p.role_id = r.id and p.level = 'tenant'
                    and p.permission not in (select app.my_permissions()));
end
$$;

grant execute on function
    app.my_permissions(), app.may_mint(text[]), app.can(text, uuid, uuid), app.assignable_roles()
    to bulkhead_api;
