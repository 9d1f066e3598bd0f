-- t20_sso: a tenant insists on its own sign-in only once somebody has come in by it; and who wants
-- it is somebody who has.
set local role bulkhead_definer;

create function app.check_sso() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if app.tenant_id() is not null and not exists (
        select from platform.credentials c
        join platform.identities i on i.id = c.identity_id and i.tenant_id = new.id
        join tenant.connections n on n.tenant_id = i.tenant_id and n.id = i.connection_id
            and n.state = 'active'
        where c.id = app.credential_id() and c.kind = 'session')
    then
        raise exception 'whoever enforces single sign-on has to have signed in by it'
            using errcode = '55000', constraint = 'tenants_sso_unproved';
    end if;
    return new;
end
$$;
grant execute on function app.check_sso() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t20_sso before update on platform.tenants for each row
    when (new.sso_enforced and not old.sso_enforced)
    execute function app.check_sso();
