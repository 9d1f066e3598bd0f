-- SCIM: what a change has made of somebody, in the statement that changed them.
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

grant execute on function app.scim_shown_user(uuid) to bulkhead_api;
