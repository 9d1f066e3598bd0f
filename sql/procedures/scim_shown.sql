-- SCIM: one user, without a plan of its own each time: what a change has made of them, and whether
-- they are there.
set local role bulkhead_definer;

-- One user of the directory that the transaction speaks for by now, as the same statement has left
-- them.
create function app.scim_shown_user(one uuid)
    returns table (total bigint, id uuid, resource jsonb, active boolean, version integer,
        created_at timestamptz, updated_at timestamptz)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
begin
    return query
        select 1::bigint, su.id, su.resource, su.active, su.version, su.created_at, su.updated_at
        from tenant.scim_users su
        where su.tenant_id = app.tenant_id() and su.directory_id = app.credential_id()
            and su.id = $1;
end
$$;

-- Whoever has this name: what directories ask before each change. As app.scim_list_users() has it.
create function app.scim_find_user(hash bytea, request text[], named text)
    returns table (total bigint, id uuid, resource jsonb, active boolean, version integer,
        created_at timestamptz, updated_at timestamptz)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
begin
    return query
        select case when su.id is null then 0 else 1 end::bigint, su.id, su.resource, su.active,
            su.version, su.created_at, su.updated_at
        from (values (1)) as always (here)
        left join tenant.scim_users su on su.tenant_id = dir.tenant_id
            and su.directory_id = dir.id and lower(su.user_name) = lower($3);
end
$$;

grant execute on function app.scim_shown_user(uuid), app.scim_find_user(bytea, text[], text)
    to bulkhead_api;
