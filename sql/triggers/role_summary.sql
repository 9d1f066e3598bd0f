-- t40_summary: what a role permits tenant-wide, in one word, for the gate to write down.
set local role bulkhead_definer;

create function app.summarise_roles() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    touched record;
begin
    -- One at a time, by its key: a role that nobody touched is not worked out.
    for touched in
        select distinct c.tenant_id, c.role_id from changed c order by c.tenant_id, c.role_id
    loop
        -- First the lock, then a statement of its own: only a snapshot younger than the lock shows
        -- what whoever held it has changed.
        perform from tenant.roles r
        where r.tenant_id = touched.tenant_id and r.id = touched.role_id
        for no key update;
        update tenant.roles r
        set tenant_permissions = app.summary_of(r.tenant_id, r.id)
        where r.tenant_id = touched.tenant_id and r.id = touched.role_id
            and r.tenant_permissions <> app.summary_of(r.tenant_id, r.id);
    end loop;
    return null;
end
$$;

create function app.summary_of(tenant uuid, role uuid) returns text
    language sql stable
    set search_path = ''
begin atomic
    select coalesce(',' || string_agg(
        replace(p.permission, '.', '_'), ',' order by p.permission) || ',', '')
    from tenant.role_permissions p
    where p.tenant_id = $1 and p.role_id = $2 and p.level = 'tenant';
end;
grant execute on function app.summarise_roles() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t40_summary_insert after insert on tenant.role_permissions
    referencing new table as changed for each statement execute function app.summarise_roles();
create trigger t40_summary_delete after delete on tenant.role_permissions
    referencing old table as changed for each statement execute function app.summarise_roles();
create trigger t40_summary_update after update on tenant.role_permissions
    referencing new table as changed for each statement execute function app.summarise_roles();
