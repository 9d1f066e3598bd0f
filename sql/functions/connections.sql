-- Connections: what a sign-in must know of a tenant's providers before anybody is known.
set local role bulkhead_definer;

-- The tenant of that slug, or of that id, with what its people may choose from; a row without a
-- connection where that is nothing. No row for a tenant that is not active.
create function app.tenant_doors(name text)
    returns table (tenant_id uuid, slug text, tenant_name text, sso_only boolean,
        connection_id uuid, connection_name text)
    language sql stable security definer rows 3
    set search_path = ''
begin atomic
    select t.id, t.slug, t.name, t.sso_enforced, c.id, c.name
    from platform.tenants t
    left join tenant.connections c on c.tenant_id = t.id and c.state = 'active'
    where (t.slug = lower($1) or t.id = app.id_in($1)) and t.state = 'active'
    order by c.name
    limit 100;
end;

-- A connection that is in use, as it stands now. The secret is sealed; who asks can open it.
create function app.connection_door(connection uuid)
    returns table (tenant_id uuid, slug text, tenant_name text, connection_name text, issuer text,
        client_id text, client_secret bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select t.id, t.slug, t.name, c.name, c.issuer, c.client_id, c.client_secret
    from tenant.connections c
    join platform.tenants t on t.id = c.tenant_id and t.state = 'active'
    where uuid_send(c.id) = uuid_send($1) and c.state = 'active';
end;

-- The tenant that holds the domain of this address and has people sign in by a connection.
create function app.tenant_of_address(email text) returns text
    language sql stable security definer
    set search_path = ''
begin atomic
    select t.slug
    from platform.domains d
    join platform.tenants t on t.id = d.tenant_id and t.state = 'active'
    where d.name = app.domain_of($1)
        and exists (
            select from tenant.connections c where c.tenant_id = t.id and c.state = 'active');
end;

-- Which role the first rule that fits gives, by what the provider says (a JSON object): a claim
-- that is this text, or has it among its texts. Null where none fits.
create function app.role_by_claims(tenant uuid, connection uuid, claims jsonb) returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select r.role_id from tenant.connection_roles r
    where r.tenant_id = $1 and r.connection_id = $2
        and jsonb_typeof($3 -> r.claim) in ('string', 'array')
        and ($3 -> r.claim) ? r.value
    order by r.id
    limit 1;
end;

grant execute on function app.tenant_doors(text), app.connection_door(uuid),
    app.tenant_of_address(text) to bulkhead_identity;
