-- Control: what the operator does with tenants and users, through platformctl.
--
-- The control plane has no grant on any table: these functions are all it can do.
set local role bulkhead_definer;

create function app.create_tenant(
    slug text, name text, kind text, region text, owner_email text, owner_name text
) returns table (tenant_id uuid, owner_user_id uuid)
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    insert into platform.tenants (slug, name, kind, region)
    values ($1, $2, coalesce($3, 'organization'), coalesce($4, 'default'))
    returning id into tenant_id;
    perform app.sync_builtin_roles(array[create_tenant.tenant_id]);
    owner_user_id := app.find_or_create_user($5, coalesce($6, $5));
    insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
    select create_tenant.tenant_id, owner_user_id, r.id, $5, coalesce($6, $5)
    from tenant.roles r
    where r.tenant_id = create_tenant.tenant_id and r.builtin and r.name = 'owner';
    return next;
end
$$;

-- Pages by slug, since slugs never change.
create function app.list_tenants(after_slug text, most integer)
    returns table (tenant_id uuid, slug text, name text, kind text, state text, region text,
        created_at timestamptz)
    language sql stable security definer
    set search_path = ''
begin atomic
    select t.id, t.slug, t.name, t.kind, t.state, t.region, t.created_at
    from platform.tenants t
    where t.slug > coalesce($1, '')
    order by t.slug
    limit least(greatest($2, 1), 1000);
end;

create function app.set_tenant_state(slug text, state text) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.tenants t set state = $2 where t.slug = $1 returning t.id;
end;

create function app.create_user(email text, display_name text) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    insert into platform.users (email, display_name) values ($1, $2) returning id;
end;

-- The id that a text is, if it is one.
create function app.id_in(name text) returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select case when $1 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then $1::uuid end;
end;

-- By e-mail address, or by id: not everybody has an address.
create function app.user_named(name text) returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select u.id from platform.users u where lower(u.email) = lower($1)
    union all
    select u.id from platform.users u where u.id = app.id_in($1);
end;

-- Pages by address, or by id for who has none.
create function app.list_users(after text, most integer)
    returns table (user_id uuid, email text, display_name text, state text,
        created_at timestamptz)
    language sql stable security definer
    set search_path = ''
begin atomic
    select u.id, u.email, u.display_name, u.state, u.created_at
    from platform.users u
    where coalesce(lower(u.email), u.id::text) > lower(coalesce($1, ''))
    order by coalesce(lower(u.email), u.id::text)
    limit least(greatest($2, 1), 1000);
end;

create function app.set_user_state(email text, state text) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.users u set state = $2 where u.id = app.user_named($1) returning u.id;
end;

-- Lets a tenant be opened by other sessions than its own again: where nobody can come in any more.
create function app.lift_sso(slug text) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.tenants t set sso_enforced = false where t.slug = $1 returning t.id;
end;

create function app.set_user_staff(email text, staff boolean) returns uuid
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.users u set staff = $2 where u.id = app.user_named($1) returning u.id;
end;

grant execute on function
    app.lift_sso(text),
    app.set_user_staff(text, boolean),
    app.create_tenant(text, text, text, text, text, text),
    app.list_tenants(text, integer),
    app.set_tenant_state(text, text),
    app.create_user(text, text),
    app.list_users(text, integer),
    app.set_user_state(text, text)
    to bulkhead_control;
