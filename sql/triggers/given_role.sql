-- t20_role: while a domain or a connection is off it may keep a role that can do more than whoever
-- turns it off, but nobody puts such a role there, to wait for somebody who turns it on.
set local role bulkhead_definer;

create function app.check_given_role() returns trigger
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    if app.tenant_id() is not null and new.role_id not in (select app.assignable_roles()) then
        raise exception 'this role holds permissions the caller does not'
            using errcode = '42501', constraint = tg_argv[0];
    end if;
    return new;
end
$$;

grant execute on function app.check_given_role() to bulkhead_owner;

set local role bulkhead_owner;

create trigger t20_role before update on tenant.domains for each row
    when (old.role_id is distinct from new.role_id)
    execute function app.check_given_role('domains_role_id_above_own');
create trigger t20_role before update on tenant.connections for each row
    when (old.role_id is distinct from new.role_id)
    execute function app.check_given_role('connections_role_id_above_own');
