-- t10_state: a role starts with its tenant's state; from then on the foreign key keeps it.
set local role bulkhead_definer;

create function app.copy_tenant_state() returns trigger
    language plpgsql security definer
    set search_path = ''
    set row_security = on -- a restore turns it off
as $$
begin
    -- A tenant that does not exist is the foreign key's to report.
    new.tenant_state := coalesce(
        (select t.admits from platform.tenants t where t.id = new.tenant_id), new.tenant_state);
    return new;
end
$$;
grant execute on function app.copy_tenant_state() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t10_state before insert on tenant.roles
    for each row execute function app.copy_tenant_state();
