-- SCIM: which canonical user a directory means.
set local role bulkhead_definer;

-- Whom a directory of this connection has provisioned, and who is active, by what the connection's
-- provider says of them; null for nobody, and for more than one. Only users who are this tenant's
-- to vouch for: made by its directory and known to nobody else, or with an address of its own
-- domain and no other tenant's login. Believes its arguments: for other definer functions only.
create function app.scim_user_for(tenant uuid, connection uuid, email text, external_id text)
    returns uuid
    language sql stable
    set search_path = ''
begin atomic
    with matching as (
        select su.user_id, su.external_id = $4 as by_id
        from tenant.scim_users su
        join tenant.scim_directories d on d.tenant_id = su.tenant_id and d.id = su.directory_id
            and d.connection_id = $2 and d.state = 'active'
        join tenant.members m on m.tenant_id = su.tenant_id and m.user_id = su.user_id
            and m.state = 'active'
        join platform.users u on u.id = su.user_id
        where su.tenant_id = $1 and su.active
            and (su.external_id = $4 or lower($3) in (lower(su.user_name), lower(su.work_email)))
            and case when app.owns_address($1, u.email)
                then not app.known_elsewhere($1, u.id, false)
                else su.made and not app.known_elsewhere($1, u.id, true) end
    ), best as (
        -- What a directory calls somebody does not change as their address may.
        select distinct m.user_id from matching m
        where coalesce(m.by_id, false)
            or not exists (select from matching o where coalesce(o.by_id, false))
    )
    select min(b.user_id::text)::uuid from best b having count(*) = 1;
end;

-- The user whom a directory means by somebody of this address: a member who has it here; the user
-- whose address it is, if its domain is this tenant's and no other tenant knows them by a login;
-- else somebody new, who has the address only if it is of this tenant's own domain. Nobody's
-- address is ever changed by it. `made`: they are new.
create function app.person_of_directory(tenant uuid, email text, display_name text,
    out person uuid, out made boolean)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    known uuid;
    ours constant boolean := app.owns_address($1, $2);
begin
    made := false;
    select m.user_id into person from tenant.members m
    where m.tenant_id = $1 and lower(m.email) = lower($2);
    if found then
        return;
    end if;
    loop
        select u.id into known from platform.users u where ours and lower(u.email) = lower($2);
        if known is not null and not app.known_elsewhere($1, known, false) then
            person := known;
            return;
        end if;
        insert into platform.users (email, display_name)
        values (case when ours and known is null then $2 end, app.name_of($3, $2))
        on conflict (lower(email)) do nothing
        returning id into person;
        if person is not null then
            made := true;
            return;
        end if;
    end loop;
end
$$;
