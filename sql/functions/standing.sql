-- Standing: what somebody may do at this moment who need not be the caller, but has given their
-- word for something. Believes its arguments: for other definer functions only.
set local role bulkhead_definer;

-- What a member may do tenant-wide, while they are active there and everywhere.
create function app.permissions_of(tenant uuid, person uuid) returns setof text
    language sql stable parallel restricted
    set search_path = ''
begin atomic
    select p.permission from tenant.members m
    join platform.users u on u.id = m.user_id and u.state = 'active'
    join tenant.role_permissions p on p.tenant_id = m.tenant_id and p.role_id = m.role_id
        and p.level = 'tenant'
    where m.tenant_id = $1 and m.user_id = $2 and m.state = 'active';
end;

-- Does one role, by what is kept of its permissions, hold all that another gives?
create function app.covers(held text, given text) returns boolean
    language sql stable
    return string_to_array($2, ',') <@ string_to_array($1, ',');

-- Do they hold all that a role gives tenant-wide? By what triggers/role_summary.sql keeps of roles:
-- directories ask this with each of their requests.
create function app.could_give(tenant uuid, person uuid, role uuid) returns boolean
    language plpgsql stable parallel restricted
    set search_path = ''
as $$
begin
    return exists (
        select from tenant.members m
        join platform.users u on u.id = m.user_id and u.state = 'active'
        join tenant.roles held on held.tenant_id = m.tenant_id and held.id = m.role_id
        join tenant.roles given on given.tenant_id = m.tenant_id and given.id = $3
        where m.tenant_id = $1 and m.user_id = $2 and m.state = 'active'
            and app.covers(held.tenant_permissions, given.tenant_permissions));
end
$$;
