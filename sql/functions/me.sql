-- Me: what a principal may know of itself, inside a tenant or before choosing one.
set local role bulkhead_definer;

create function app.me() returns table (
        user_id uuid, email text, display_name text,
        credential_id uuid, credential_kind text, scopes text[],
        tenant_id uuid, tenant_slug text, role text, permissions text[])
    language plpgsql stable parallel restricted security definer
    set search_path = ''
as $$
#variable_conflict use_column
begin
    return query
        select u.id, u.email, u.display_name, c.id, c.kind, c.scopes, t.id, t.slug,
            app.role(),
            array(select p from app.my_permissions() p order by p)
        from platform.users u
        join platform.credentials c on c.user_id = u.id and c.id = app.credential_id()
        left join platform.tenants t on t.id = app.tenant_id()
        where u.id = app.user_id();
end
$$;

-- The tenants that the caller is in, by this credential: a session any of its user's, one that is
-- bound and a key their own. Those that are not active can not be entered.
create function app.my_tenants() returns table (
        tenant_id uuid, slug text, name text, kind text, role text, state text)
    language plpgsql stable parallel restricted security definer rows 5
    set search_path = ''
as $$
#variable_conflict use_column
begin
    return query
        select t.id, t.slug, t.name, t.kind, r.name, t.state
        from platform.credentials c
        join tenant.members m on uuid_send(m.user_id) = uuid_send(c.user_id) and m.state = 'active'
        join platform.tenants t on t.id = m.tenant_id
        join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
        where c.id = app.credential_id() and coalesce(c.tenant_id, t.id) = t.id
        order by t.slug
        limit 1000;
end
$$;

grant execute on function app.me(), app.my_tenants() to bulkhead_api;
