-- People who come by a connection: whom it does not let in, and what the others get.
set local role bulkhead_definer;

-- Why a connection that knows this user does not open its tenant to them; null where it does.
-- Whoever is no member yet has to be of the tenant's own domains, or named by a rule, or the
-- connection open to all whom its provider knows.
create function app.why_not_connected(
    place tenant.connections, person uuid, owned boolean, given uuid
) returns text
    language sql stable
    set search_path = ''
begin atomic
    select case
        when u.state <> 'active' then 'user_deactivated'
        when m.state <> 'active' then 'member_deactivated'
        when m.user_id is null and exists (
            select from tenant.former_members f
            where f.tenant_id = ($1).tenant_id and f.user_id = $2)
        then 'member_removed'
        when m.user_id is null and not ($3 or ($1).is_open or $4 is not null)
        then 'not_admitted' end
    from platform.users u
    left join tenant.members m on m.tenant_id = ($1).tenant_id and m.user_id = u.id
    where u.id = $2;
end;

-- Makes somebody a member who is none, and gives them the role of the first rule that fits what the
-- provider says. Who has theirs by a rule and fits none any more falls back to the connection's; a
-- role that somebody gave by hand stays, and so does an owner.
create function app.admit_connected(
    place tenant.connections, newcomer uuid, address text, given uuid
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into tenant.members (tenant_id, user_id, role_id, given_role_id, email, display_name)
    select place.tenant_id, u.id, coalesce(given, place.role_id), given,
        case when not exists (
            select from tenant.members o
            where o.tenant_id = place.tenant_id and lower(o.email) = lower(address))
        then address end,
        u.display_name
    from platform.users u where u.id = newcomer
    on conflict (tenant_id, user_id) do nothing;
    update tenant.members m
    set role_id = coalesce(given, place.role_id), given_role_id = given
    where m.tenant_id = place.tenant_id and m.user_id = newcomer
        and (m.role_id, m.given_role_id) is distinct from (coalesce(given, place.role_id), given)
        and (given is not null or m.role_id = m.given_role_id)
        and not exists (
            select from tenant.roles r
            where r.tenant_id = m.tenant_id and r.id = m.role_id and r.builtin
                and r.name = 'owner');
end
$$;
