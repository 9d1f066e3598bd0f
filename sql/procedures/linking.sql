-- Linking: which user a login is of that comes by a tenant's connection for the first time.
--
-- A tenant says of its own people who they are: of those with an address of a domain that it has
-- proved. Nobody else becomes its, whatever its provider says.
set local role bulkhead_definer;

-- May this tenant's connection become, unasked, a login of this user's? Not of who has a login at
-- another tenant's, who works for the platform, or who was taken out of this tenant.
create function app.may_link(person uuid, tenant uuid) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select not exists (select from platform.users u where u.id = $1 and u.staff)
        and not exists (
            select from platform.identities i
            where uuid_send(i.user_id) = uuid_send($1) and i.tenant_id <> $2)
        and not exists (
            select from tenant.former_members f where f.tenant_id = $2 and f.user_id = $1);
end;

-- Who comes by a tenant's connection for the first time. `said` is the address that the provider
-- names; `owned`, whether this tenant has proved its domain. Null where it is somebody's whom this
-- tenant does not speak for: they have to prove that they are both.
create function app.whom_a_connection_means(
    tenant uuid, connection uuid, said text, owned boolean, display_name text
) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    meant uuid;
    known boolean := false;
begin
    select u.id into meant from platform.users u where lower(u.email) = lower($3) for update;
    if meant is not null then
        if not $4 or not app.may_link(meant, $1) then
            return null;
        end if;
        -- Known there by another subject already: the address has been given to somebody new.
        select exists (
            select from platform.identities i
            where i.user_id = meant and i.tenant_id = $1 and i.connection_id = $2) into known;
        if not known then
            -- Whoever was here before may not have been them.
            perform app.end_all(meant, null);
            return meant;
        end if;
    elsif exists (
        select from platform.domains d where d.name = app.domain_of($3) and d.tenant_id <> $1)
    then
        -- The address is another tenant's to give.
        return null;
    end if;
    insert into platform.users (email, display_name)
    values (case when $4 and not known then $3 end, app.name_of($5, $3))
    on conflict (lower(email)) do nothing
    returning id into meant;
    return coalesce(meant, app.whom_a_connection_means($1, $2, $3, $4, $5));
end
$$;

-- Why a connection that knows this user does not open its tenant to them; null where it does.
create function app.why_not_connected(person uuid, tenant uuid) returns text
    language sql stable
    set search_path = ''
begin atomic
    select case
        when u.state <> 'active' then 'user_deactivated'
        when m.state <> 'active' then 'member_deactivated'
        when m.user_id is null and exists (
            select from tenant.former_members f where f.tenant_id = $2 and f.user_id = $1)
        then 'member_removed' end
    from platform.users u
    left join tenant.members m on m.tenant_id = $2 and m.user_id = u.id
    where u.id = $1;
end;
