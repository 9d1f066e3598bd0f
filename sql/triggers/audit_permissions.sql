-- t90_audit of role_permissions: one event for each role that a statement permits more or less,
-- since a new tenant's roles come with a hundred of them.
set local role bulkhead_definer;

do $do$
begin
    execute app.recorder('role_permissions', format($body$
            action := 'role.update';
            columns := array['permissions'];
            for here, resource, changes in
                select p.tenant_id, p.role_id,
                    concat(case tg_op when 'DELETE' then '"before":' else '"after":' end,
                        jsonb_agg(p.level || ' ' || p.permission order by p.level, p.permission))
                from touched p
                group by p.tenant_id, p.role_id
            loop
                event := platform.uuid_v7();
                %s
            end loop;
        $body$, app.appending('''role''', '''ok''', '1') || app.detailing()));
end
$do$;

set local role bulkhead_owner;
create trigger t90_audit after insert on tenant.role_permissions
    referencing new table as touched
    for each statement execute function app.record_role_permissions();
create trigger t90_audit_update after update on tenant.role_permissions
    referencing new table as touched
    for each statement execute function app.record_role_permissions();
create trigger t90_audit_delete after delete on tenant.role_permissions
    referencing old table as touched
    for each statement execute function app.record_role_permissions();
