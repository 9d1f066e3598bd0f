-- t20_tested, t40_last: a connection is used as it was tested, by whom may, and while a tenant
-- insists on its own sign-in one is in use.
set local role bulkhead_definer;

-- Whatever is changed of what was tested has to be tested anew; and a secret goes to nobody else
-- than for whom it was given. Whoever puts a connection to use answers for every role it gives.
create function app.keep_tested() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if (old.issuer, old.client_id) is distinct from (new.issuer, new.client_id) then
        new.tested_at := null;
        new.test_problem := null;
        if new.client_secret is not distinct from old.client_secret then
            new.client_secret := null;
        end if;
    end if;
    if new.state <> 'active' or (old.state, old.issuer, old.client_id, old.is_open)
        is not distinct from (new.state, new.issuer, new.client_id, new.is_open)
    then
        return new;
    elsif new.tested_at is null or new.test_problem is not null then
        raise exception 'a connection is tested before it is used'
            using errcode = '55000', constraint = 'connections_untested';
    elsif app.tenant_id() is not null and exists (
        select from tenant.connection_roles r
        where r.tenant_id = new.tenant_id and r.connection_id = new.id
            and r.role_id not in (select app.assignable_roles()))
    then
        raise exception 'a rule of this connection gives a role that the caller could not'
            using errcode = '42501', constraint = 'connections_rules_above_own';
    end if;
    new.activated_by := app.user_id();
    return new;
end
$$;

create function app.keep_a_connection() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if old.state <> 'active' or tg_op = 'UPDATE' and new.state = 'active' then
        return null;
    end if;
    -- Two who turn off one of the last two each must queue here.
    perform from platform.tenants t where t.id = old.tenant_id for no key update;
    if exists (select from platform.tenants t where t.id = old.tenant_id and t.sso_enforced)
        and not exists (
            select from tenant.connections c
            where c.tenant_id = old.tenant_id and c.state = 'active')
    then
        raise exception 'nobody could sign in any more: enforce single sign-on no longer, first'
            using errcode = '55000', constraint = 'connections_last_enforced';
    end if;
    return null;
end
$$;

grant execute on function app.keep_tested(), app.keep_a_connection() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t20_tested before update on tenant.connections
    for each row execute function app.keep_tested();
create trigger t40_last after update of state or delete on tenant.connections
    for each row execute function app.keep_a_connection();
