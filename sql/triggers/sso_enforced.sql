-- t20_sso: a tenant insists on its own sign-in only once somebody has come in by it, who wants it;
-- and lets go of it by the word of somebody who is inside.
set local role bulkhead_definer;

create function app.check_sso() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    held platform.credentials;
begin
    -- The operator, who lifts it where nobody else can.
    if app.tenant_id() is null then
        return new;
    end if;
    select c.* into held from platform.credentials c
    where c.id = app.credential_id() and c.kind = 'session' and c.tenant_id = new.id;
    if not found or new.sso_enforced and held.connection_id is null then
        raise exception 'this asks for a session of the tenant''s own sign-in'
            using errcode = '55000', constraint = 'tenants_sso_unproved';
    elsif new.sso_enforced and not exists (
        select from tenant.members m
        join tenant.role_permissions p on p.tenant_id = m.tenant_id and p.role_id = m.role_id
            and p.level = 'tenant' and p.permission = 'break_glass.create'
        join platform.identities i on i.user_id = m.user_id and i.tenant_id is null
        where m.tenant_id = new.id and m.state = 'active')
    then
        raise exception 'nobody could come in when the provider fails: an owner has to have signed '
            'in at the platform''s own issuer'
            using errcode = '55000', constraint = 'tenants_sso_no_way_back';
    end if;
    return new;
end
$$;
grant execute on function app.check_sso() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t20_sso before update on platform.tenants for each row
    when (new.sso_enforced <> old.sso_enforced)
    execute function app.check_sso();
