-- Join requests: letting somebody in who asked, or turning them down.
set local role bulkhead_definer;

-- Decides for good, but that somebody who was turned down may be let in after all. They get the
-- role of the domain that they asked by, which must be one that the caller may give.
create function app.decide_join_request(id uuid, approve boolean)
    returns setof tenant.join_requests
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_id();
    decision constant text := case when $2 then 'approved' else 'denied' end;
    asked tenant.join_requests;
    given uuid;
begin
    if not coalesce(app.holds('join_request.update'), false) then
        raise exception 'deciding who comes in needs join_request.update'
            using errcode = '42501', constraint = 'join_requests_update';
    end if;
    select r.* into asked from tenant.join_requests r
    where r.tenant_id = here and r.id = $1
    for no key update;
    if not found then
        return;
    elsif asked.state = 'approved' or asked.state = decision then
        raise exception 'this request is % already', asked.state
            using errcode = '55000', constraint = 'join_requests_decided';
    end if;
    if $2 then
        select d.role_id into given from tenant.domains d
        where d.tenant_id = here and d.id = asked.domain_id;
        if given not in (select app.assignable_roles()) then
            raise exception 'this role holds permissions the caller does not'
                using errcode = '42501', constraint = 'members_role_id_above_own';
        end if;
        insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
        values (here, asked.user_id, given, asked.email, asked.display_name)
        -- Somebody may have brought them in meanwhile.
        on conflict (tenant_id, user_id) do nothing;
    end if;
    return query
        update tenant.join_requests r
        set state = decision, decided_by = app.user_id(), decided_at = now()
        where r.tenant_id = here and r.id = $1
        returning r.*;
end
$$;

grant execute on function app.decide_join_request(uuid, boolean) to bulkhead_api;
