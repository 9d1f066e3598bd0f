-- SCIM users: what a directory does with the members that it provisions. Each function takes the
-- hash of its token, and acts on rows of its own tenant and its own only.
set local role bulkhead_definer;

create function app.scim_create_user(
    hash bytea, request text[], user_name text, external_id text, active boolean,
    work_email text, address text, display_name text, resource jsonb
) returns table (id uuid, refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
    known_as constant text := app.address_in($7);
    who record;
    su tenant.scim_users;
    fresh boolean;
begin
    select p.person, p.made into who from app.person_of_directory(dir, known_as, $8) p;
    insert into tenant.members (tenant_id, user_id, role_id, email, display_name, state)
    values (dir.tenant_id, who.person, dir.role_id,
        case when not exists (
            select from tenant.members o
            where o.tenant_id = dir.tenant_id and lower(o.email) = lower(known_as))
        then known_as end,
        app.name_of($8, coalesce(known_as, $3)), case when $5 then 'active' else 'deactivated' end)
    on conflict (tenant_id, user_id) do nothing;
    fresh := found;
    insert into tenant.scim_users (tenant_id, directory_id, user_id, user_name, external_id,
        work_email, display_name, resource, made, joined, blocked, role_id)
    values (dir.tenant_id, dir.id, who.person, $3, $4, $6, $8, $9, who.made, fresh,
        fresh and not $5, dir.role_id)
    returning * into su;
    if not $5 then
        refused := app.set_provisioned(su, false);
        update tenant.scim_users o
        set active = refused is not null,
            resource = o.resource || jsonb_build_object('active', refused is not null)
        where o.tenant_id = su.tenant_id and o.id = su.id;
    end if;
    id := su.id;
    return next;
end
$$;

-- Replaces what the directory says of somebody, if it is still at one of these versions (null:
-- any). `active` is null where nothing is said of it. Whoever is to be inactive becomes so even if
-- the rest contradicts what is stored.
create function app.scim_write_user(
    hash bytea, request text[], id uuid, versions integer[], user_name text, external_id text,
    active boolean, work_email text, address text, display_name text, resource jsonb
) returns table (refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
    known_as constant text := app.address_in($9);
    called constant text := app.name_of($10, coalesce($9, $5));
    su tenant.scim_users;
    left_out text;
    stays boolean;
begin
    su := app.scim_user_of(dir, $3);
    if su.version <> all ($4) then
        refused := 'version_stale';
        return next;
        return;
    end if;
    if $7 is not null then
        refused := app.set_provisioned(su, $7);
        stays := $7 or refused is not null;
    end if;
    begin
        update tenant.scim_users o
        set user_name = $5, external_id = $6, work_email = $8, display_name = $10,
            active = coalesce(stays, o.active),
            resource = case when stays is null then $11
                else $11 || jsonb_build_object('active', stays) end
        where o.tenant_id = su.tenant_id and o.id = su.id;
        update tenant.members m
        set email = coalesce(known_as, m.email), display_name = called
        where m.tenant_id = su.tenant_id and m.user_id = su.user_id and su.joined
            and (m.email, m.display_name) is distinct from (coalesce(known_as, m.email), called);
    exception when unique_violation then
        if coalesce($7, true) then
            raise;
        end if;
        get stacked diagnostics left_out = constraint_name;
        -- Of what could not be stored, this is; of what could not be done, it is not.
        update tenant.scim_users o
        set active = stays, resource = o.resource || jsonb_build_object('active', stays)
        where o.tenant_id = su.tenant_id and o.id = su.id;
    end;
    refused := coalesce(refused, left_out);
    return next;
end
$$;

grant execute on function
    app.scim_create_user(bytea, text[], text, text, boolean, text, text, text, jsonb),
    app.scim_write_user(bytea, text[], uuid, integer[], text, text, boolean, text, text, text,
        jsonb)
    to bulkhead_api;
