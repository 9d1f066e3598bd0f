-- Linking: which user a login is of that comes by a tenant's connection for the first time.
--
-- A tenant says of its own people who they are: of those with an address of a domain that it has
-- proved. Nobody else becomes its, whatever its provider says.
set local role bulkhead_definer;

-- Can whoever put the connection to use do all that this member can? Else they could make
-- themselves that member, by a provider of their own.
create function app.within_activator(place tenant.connections, person uuid) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select not exists (
        select from tenant.members m
        where m.tenant_id = ($1).tenant_id and m.user_id = $2
            and not app.could_give(m.tenant_id, ($1).activated_by, m.role_id));
end;

-- May this connection become, unasked, a login of this user's? Not of who has a login at another
-- tenant's, works for the platform, or was taken out of this tenant.
create function app.may_link(place tenant.connections, person uuid) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select app.within_activator($1, $2)
        and not exists (select from platform.users u where u.id = $2 and u.staff)
        and not app.known_elsewhere(($1).tenant_id, $2, false)
        and not exists (
            select from tenant.former_members f
            where f.tenant_id = ($1).tenant_id and f.user_id = $2);
end;

-- Who comes by a tenant's connection for the first time. `said` is the address that the provider
-- names; `owned`, whether it is good for one of this tenant's own domains; `admitted`, whether
-- somebody new may come. Null where it is somebody's whom this tenant does not speak for: they have
-- to prove that they are both.
create function app.whom_a_connection_means(
    place tenant.connections, said text, owned boolean, admitted boolean, display_name text,
    external text
) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    -- Only a good address is a word of whom the directory means.
    meant uuid := app.scim_user_for(place.tenant_id, place.id, case when $3 then $2 end, $6);
    known boolean := false;
begin
    if meant is not null and app.may_link(place, meant) then
        return meant;
    end if;
    meant := null;
    if $3 then
        select u.id into meant from platform.users u where lower(u.email) = lower($2) for update;
    elsif not $4 or app.is_anothers(place.tenant_id, $2) then
        return null;
    end if;
    if meant is not null then
        if not app.may_link(place, meant) then
            return null;
        end if;
        -- Known there by another subject already: the address has been given to somebody new.
        known := app.known_at(place.tenant_id, place.id, meant);
        if not known then
            -- Nor is what others called them, if they have never come.
            update platform.users u set display_name = app.name_of($5, $2)
            where u.id = meant
                and not exists (select from platform.identities i where i.user_id = meant);
            return meant;
        end if;
    end if;
    insert into platform.users (email, display_name)
    values (case when $3 and not known then $2 end, app.name_of($5, $2))
    on conflict (lower(email)) do nothing
    returning id into meant;
    return coalesce(meant, app.whom_a_connection_means($1, $2, $3, $4, $5, $6));
end
$$;
