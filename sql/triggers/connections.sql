-- t20_tested, t40_sessions: a connection is used as it was tested, and what came by it ends with
-- it.
set local role bulkhead_definer;

-- Whatever is changed of what was tested has to be tested anew.
create function app.keep_tested() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if (old.issuer, old.client_id) is distinct from (new.issuer, new.client_id) then
        new.tested_at := null;
        new.test_problem := null;
    end if;
    if new.state = 'active' and (new.tested_at is null or new.test_problem is not null)
        and (old.state, old.issuer, old.client_id)
            is distinct from (new.state, new.issuer, new.client_id)
    then
        raise exception 'a connection is tested before it is used'
            using errcode = '55000', constraint = 'connections_untested';
    end if;
    return new;
end
$$;

-- Sessions by a connection that is not in use end; once it is gone, nobody is known by it.
create function app.end_connection() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if tg_op = 'UPDATE' and new.state = 'active' then
        return null;
    end if;
    -- Two who turn off one of the last two each must queue here.
    perform from platform.tenants t where t.id = old.tenant_id for no key update;
    if old.state = 'active' and exists (
            select from platform.tenants t where t.id = old.tenant_id and t.sso_enforced)
        and not exists (
            select from tenant.connections c
            where c.tenant_id = old.tenant_id and c.state = 'active')
    then
        raise exception 'nobody could sign in any more: enforce single sign-on no longer, first'
            using errcode = '55000', constraint = 'connections_last_enforced';
    end if;
    update platform.credentials c set revoked_at = now()
    from platform.identities i
    where i.tenant_id = old.tenant_id and i.connection_id = old.id
        and c.identity_id = i.id and c.revoked_at is null;
    if tg_op = 'DELETE' then
        delete from platform.identities i
        where i.tenant_id = old.tenant_id and i.connection_id = old.id;
    end if;
    return null;
end
$$;
grant execute on function app.keep_tested(), app.end_connection() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t20_tested before update on tenant.connections
    for each row execute function app.keep_tested();
create trigger t40_sessions after update of state or delete on tenant.connections
    for each row execute function app.end_connection();
