-- t30_domain_limit: a tenant claims no more domains than are looked at in good time.
set local role bulkhead_definer;

create function app.limit_domains() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Two who claim at once must queue here, or both would find room for one.
    perform from platform.tenants t where t.id = new.tenant_id for no key update;
    if (select count(*) from tenant.domains d where d.tenant_id = new.tenant_id) > 20 then
        raise exception 'a tenant claims twenty domains at most'
            using errcode = '55000', constraint = 'domains_limit';
    end if;
    return null;
end
$$;
grant execute on function app.limit_domains() to bulkhead_owner;

set local role bulkhead_owner;
-- After the policies: before them it would tell strangers how many there are.
create trigger t30_domain_limit after insert on tenant.domains
    for each row execute function app.limit_domains();
