-- Members: bringing a person into a tenant by e-mail address.
set local role bulkhead_definer;

-- Finds or makes the global user without telling which: the answer holds only what was given,
-- and user ids carry no date.
create function app.add_member(email text, display_name text, role_id uuid)
    returns setof tenant.members
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    person uuid;
begin
    if not coalesce(app.holds('member.create'), false) then
        raise exception 'adding a member needs member.create'
            using errcode = '42501', constraint = 'members_insert';
    end if;
    if not exists (
        select from tenant.roles r where r.tenant_id = app.tenant_id() and r.id = $3)
    then
        raise exception 'no such role'
            using errcode = '23503', constraint = 'members_role_id_exists';
    end if;
    if $3 not in (select app.assignable_roles()) then
        raise exception 'this role holds permissions the caller does not'
            using errcode = '42501', constraint = 'members_role_id_above_own';
    end if;
    person := app.find_or_create_user($1, $2);
    return query
        insert into tenant.members as m (tenant_id, user_id, role_id, email, display_name)
        values (app.tenant_id(), person, $3, $1, $2)
        returning m.tenant_id, m.user_id, m.role_id, m.email, m.display_name, m.state, m.version,
            -- The last two are the history's.
            m.created_at, m.updated_at, m.payload, null::uuid, null::text, null::uuid;
end
$$;

-- Believes its arguments: for other definer functions only.
create function app.find_or_create_user(email text, display_name text) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    person uuid;
begin
    insert into platform.users (email, display_name) values ($1, $2)
    on conflict (lower(email)) do nothing
    returning id into person;
    if person is null then
        select u.id into strict person from platform.users u where lower(u.email) = lower($1);
    end if;
    return person;
end
$$;

grant execute on function app.add_member(text, text, uuid) to bulkhead_api;
