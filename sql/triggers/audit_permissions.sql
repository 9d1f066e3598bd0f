-- t90_audit of role_permissions: one event for each role that a statement permits more or less,
-- since a new tenant's roles come with a hundred of them.
set local role bulkhead_definer;

do $do$
begin
    execute format($function$
        create function app.record_role_permissions() returns trigger
            language plpgsql volatile security definer
            set search_path = ''
        as $body$
        declare
            nobody constant uuid := '00000000-0000-0000-0000-000000000000';
            context constant text := app.context();
            action constant text := 'role.update';
            outcome constant text := 'ok';
            columns constant text[] := array['permissions'];
            workspace uuid; about uuid;
            event uuid; here uuid; resource uuid; changes text;
        begin
            for here, resource, changes in
                select p.tenant_id, p.role_id,
                    jsonb_build_object(case tg_op when 'DELETE' then 'before' else 'after' end,
                        jsonb_agg(p.level || ' ' || p.permission order by p.level, p.permission))
                from touched p
                group by p.tenant_id, p.role_id
            loop
                event := platform.uuid_v7();
                %s;
            end loop;
            return null;
        end
        $body$
        $function$, app.appending());
end
$do$;
grant execute on function app.record_role_permissions() to bulkhead_owner;

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
alter table tenant.role_permissions enable always trigger t90_audit;
alter table tenant.role_permissions enable always trigger t90_audit_update;
alter table tenant.role_permissions enable always trigger t90_audit_delete;
