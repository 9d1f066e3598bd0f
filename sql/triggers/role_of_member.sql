-- t10_role: a member's row starts with what its role permits tenant-wide. The lock is the foreign
-- key's own, taken early: what is copied can not change before that is checked.
set local role bulkhead_definer;

create function app.copy_role() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    select r.tenant_permissions into new.tenant_permissions
    from tenant.roles r
    where r.tenant_id = new.tenant_id and r.id = new.role_id
    for key share;
    -- A role that does not exist is the foreign key's to report.
    new.tenant_permissions := coalesce(new.tenant_permissions, '');
    return new;
end
$$;
grant execute on function app.copy_role() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t10_role before insert or update of role_id on tenant.members
    for each row execute function app.copy_role();
