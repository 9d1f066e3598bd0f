-- t30_last_owner: a tenant always has an active member with the built-in role owner.
set local role bulkhead_definer;

create function app.keep_an_owner() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    owner_role uuid;
begin
    select r.id into owner_role from tenant.roles r
    where r.tenant_id = old.tenant_id and r.builtin and r.name = 'owner';
    if old.role_id is distinct from owner_role or old.state <> 'active'
        or tg_op = 'UPDATE' and new.role_id = owner_role and new.state = 'active'
    then
        return null;
    end if;
    -- An older snapshot would show as owner who no longer is, queue or not.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'owners change at isolation level read committed only'
            using errcode = '25001', constraint = 'members_owner_isolation';
    end if;
    -- Two owners demoting each other at once must queue here, or both would find the other.
    perform from platform.tenants t where t.id = old.tenant_id for no key update;
    if not exists (
        select from tenant.members m
        join platform.users u on u.id = m.user_id and u.state = 'active'
        where m.tenant_id = old.tenant_id and m.role_id = owner_role and m.state = 'active')
    then
        raise exception 'a tenant keeps at least one active owner'
            using errcode = '55000', constraint = 'members_last_owner';
    end if;
    return null;
end
$$;
grant execute on function app.keep_an_owner() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_last_owner after update of role_id, state or delete on tenant.members
    for each row execute function app.keep_an_owner();
