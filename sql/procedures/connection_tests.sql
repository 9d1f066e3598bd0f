-- Tests of connections: whether a provider is one, before anybody signs in by it.
set local role bulkhead_definer;

-- What there is to test, for who may, and the tenant's slug; no row where there is nothing.
create function app.connection_to_test(id uuid) returns table (issuer text, slug text)
    language plpgsql stable security definer rows 1
    set search_path = ''
as $$
#variable_conflict use_column
begin
    if not coalesce(app.holds('connection.update'), false) then
        raise exception 'testing a connection needs connection.update'
            using errcode = '42501', constraint = 'connections_test';
    end if;
    return query
        select c.issuer, t.slug from tenant.connections c
        join platform.tenants t on t.id = c.tenant_id
        where c.tenant_id = app.tenant_id() and c.id = $1;
end
$$;

-- What a test of this issuer found: null is nothing wrong. Counts only while the connection is of
-- that issuer still.
create function app.note_connection_test(id uuid, issuer text, problem text) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    if not coalesce(app.holds('connection.update'), false) then
        raise exception 'testing a connection needs connection.update'
            using errcode = '42501', constraint = 'connections_test';
    end if;
    update tenant.connections c set tested_at = now(), test_problem = left($3, 100)
    where c.tenant_id = app.tenant_id() and c.id = $1 and c.issuer = $2;
end
$$;

grant execute on function app.connection_to_test(uuid),
    app.note_connection_test(uuid, text, text) to bulkhead_api;
