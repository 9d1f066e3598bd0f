-- SCIM: which canonical user a directory means.
set local role bulkhead_definer;

-- Whom a directory of this connection has provisioned, and who is active, by what the connection's
-- provider says of them; null for nobody, and for more than one. Only users who are this tenant's
-- to vouch for: made by its directory and known to nobody else, or with an address of its own
-- domain and no other tenant's login; whom the provider knows by no other login, for it may have
-- given their address to somebody new; and who can do no more than whoever answers for the
-- directory, or they could make themselves anybody by what they call them. `email` is an address
-- that is good for one of the tenant's own domains, or null.
-- Believes its arguments: for other definer functions only.
create function app.scim_user_for(tenant uuid, connection uuid, email text, external_id text)
    returns uuid
    language sql stable
    set search_path = ''
begin atomic
    with matching as (
        select su.user_id, su.made and su.external_id = $4 as by_id
        from tenant.scim_users su
        join tenant.scim_directories d on d.tenant_id = su.tenant_id and d.id = su.directory_id
            and d.connection_id = $2 and d.state = 'active'
        join tenant.members m on m.tenant_id = su.tenant_id and m.user_id = su.user_id
            and m.state = 'active'
        join platform.users u on u.id = su.user_id
        where su.tenant_id = $1 and su.active
            -- Whom a directory has found here, it does not say who they are.
            and case when su.made
                then su.external_id = $4
                    or lower($3) in (lower(su.user_name), lower(su.work_email))
                else lower($3) = lower(u.email) end
            and case when app.owns_address($1, u.email)
                then not app.known_elsewhere($1, u.id, false)
                else su.made and not app.known_elsewhere($1, u.id, true) end
            and not app.known_at($1, $2, u.id)
            and app.answers_for($1, d.answered_by, d.id, d.role_id)
            and app.could_give($1, d.answered_by, m.role_id)
    ), best as (
        -- What a directory calls somebody does not change as their address may.
        select distinct m.user_id from matching m
        where coalesce(m.by_id, false)
            or not exists (select from matching o where coalesce(o.by_id, false))
    )
    select min(b.user_id::text)::uuid from best b having count(*) = 1;
end;

-- The user whom a directory means by somebody of this address: a member who has it here, unless
-- that is another directory's word alone; the user whose address it is, if its domain is this
-- tenant's and no other tenant knows them by a login; else somebody new, who has the address only
-- if it is of this tenant's own domain. Nobody's address is ever changed by it. `made`: they are
-- new.
create function app.person_of_directory(dir tenant.scim_directories, email text, display_name text,
    out person uuid, out made boolean)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    known uuid;
    ours constant boolean := app.owns_address(dir.tenant_id, $2);
begin
    made := false;
    select m.user_id into person from tenant.members m
    join platform.users u on u.id = m.user_id
    where m.tenant_id = dir.tenant_id and lower(m.email) = lower($2)
        and (lower(u.email) = lower(m.email) or not exists (
            select from tenant.scim_users su
            where su.tenant_id = m.tenant_id and su.user_id = m.user_id and su.joined
                and su.directory_id <> dir.id));
    if found then
        return;
    end if;
    loop
        select u.id into known from platform.users u where ours and lower(u.email) = lower($2);
        if known is not null and not app.known_elsewhere(dir.tenant_id, known, false) then
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
