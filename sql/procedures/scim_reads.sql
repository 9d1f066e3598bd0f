-- SCIM reads: what a directory is shown of its own users and groups. Each function takes the hash
-- of its token; the total stands in every row, and in one without an id where the page is empty.
set local role bulkhead_definer;

-- Every test is left out that is null. `any_email` looks through all addresses.
create function app.scim_list_users(
    hash bytea, request text[], one uuid, named text, external text, shown text, at_work text,
    any_email text, is_active boolean, skip bigint, most bigint
) returns table (total bigint, id uuid, resource jsonb, active boolean, version integer,
    created_at timestamptz, updated_at timestamptz)
    language plpgsql volatile security definer
    set search_path = ''
    -- Which tests there are decides about the plan, and how many users the directory has.
    set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
begin
    return query
        with found as materialized (
            select su.id from tenant.scim_users su
            where su.tenant_id = dir.tenant_id and su.directory_id = dir.id
                and ($3 is null or su.id = $3)
                and ($4 is null or lower(su.user_name) = lower($4))
                and ($5 is null or su.external_id = $5)
                and ($6 is null or lower(su.display_name) = lower($6))
                and ($7 is null or lower(su.work_email) = lower($7))
                and ($8 is null or exists (
                    select from jsonb_array_elements(su.resource -> 'emails') e
                    where lower(e ->> 'value') = lower($8)))
                and ($9 is null or su.active = $9)
        ), page as (
            select f.id from found f order by f.id
            offset greatest($10, 0) limit least(greatest($11, 0), 200)
        )
        select c.total, su.id, su.resource, su.active, su.version, su.created_at, su.updated_at
        from (select count(*) as total from found) c
        left join page p on true
        left join tenant.scim_users su on su.tenant_id = dir.tenant_id and su.id = p.id
        order by su.id;
end
$$;

-- `member`: only groups with that user. The members only where `members_most` says how many of them
-- end a page: of the first group always all.
create function app.scim_list_groups(
    hash bytea, request text[], one uuid, named text, external text, member uuid,
    skip bigint, most bigint, members_most bigint
) returns table (total bigint, id uuid, display_name text, external_id text, members uuid[],
    version integer, created_at timestamptz, updated_at timestamptz)
    language plpgsql volatile security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    dir constant tenant.scim_directories := app.admit_directory($1, $2);
begin
    return query
        with found as materialized (
            select g.id, g.team_id, t.name, g.external_id, g.version + t.version as version,
                g.created_at, greatest(g.updated_at, t.updated_at) as updated_at
            from tenant.scim_groups g
            join tenant.teams t on t.tenant_id = g.tenant_id and t.id = g.team_id
            where g.tenant_id = dir.tenant_id and g.directory_id = dir.id
                and ($3 is null or g.id = $3)
                and ($4 is null or lower(t.name) = lower($4))
                and ($5 is null or g.external_id = $5)
                and ($6 is null or exists (
                    select from tenant.scim_group_members m
                    where m.tenant_id = g.tenant_id and m.group_id = g.id
                        and m.scim_user_id = $6))
        ), page as (
            select f.* from found f order by f.id
            offset greatest($7, 0) limit least(greatest($8, 0), 200)
        ), counted as (
            select p.*, p.id = first_value(p.id) over up_to
                or coalesce(sum(m.count) over up_to <= $9, true) as fits
            from page p
            cross join lateral (
                select count(*) from tenant.scim_group_members m
                where m.tenant_id = dir.tenant_id and m.group_id = p.id and $9 is not null) m
            window up_to as (order by p.id)
        )
        select c.total, p.id, p.name, p.external_id,
            case when $9 is not null then array(
                select m.scim_user_id from tenant.scim_group_members m
                where m.tenant_id = dir.tenant_id and m.group_id = p.id
                order by m.scim_user_id) end,
            p.version, p.created_at, p.updated_at
        from (select count(*) as total from found) c
        left join counted p on p.fits
        order by p.id;
end
$$;

grant execute on function
    app.scim_list_users(bytea, text[], uuid, text, text, text, text, text, boolean, bigint, bigint),
    app.scim_list_groups(bytea, text[], uuid, text, text, uuid, bigint, bigint, bigint)
    to bulkhead_api;
