-- t30_scim_directory_limit: a tenant has no more directories than providers that anybody has.
set local role bulkhead_definer;

create function app.limit_scim_directories() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Two who make one at once must queue here, or both would find room for one.
    perform from platform.tenants t where t.id = new.tenant_id for no key update;
    if (select count(*) from tenant.scim_directories d where d.tenant_id = new.tenant_id) > 10 then
        raise exception 'a tenant has ten directories at most'
            using errcode = '55000', constraint = 'scim_directories_limit';
    end if;
    return null;
end
$$;
grant execute on function app.limit_scim_directories() to bulkhead_owner;

set local role bulkhead_owner;
-- After the policies: before them it would tell strangers how many there are.
create trigger t30_scim_directory_limit after insert on tenant.scim_directories
    for each row execute function app.limit_scim_directories();
