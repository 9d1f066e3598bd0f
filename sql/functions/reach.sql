-- Reach: the workspaces and documents in which the caller holds a permission other than by the
-- tenant-wide role, which app.tenant_with() answers for.
--
-- Asked once a statement; what comes through teams apart, since most callers are in none.
set local role bulkhead_definer;

-- The teams of `me`, or null. Executable by the definer alone: it believes its arguments.
create function app.teams_of(here uuid, me uuid) returns uuid[]
    language plpgsql stable parallel restricted
as $$
declare
    teams pg_catalog.uuid[];
begin
    select pg_catalog.array_agg(t.team_id) into teams
    from tenant.team_members t
    where t.tenant_id operator(pg_catalog.=) here and t.user_id operator(pg_catalog.=) me;
    return teams;
end
$$;

-- The workspaces in which the caller holds `permission`: as a member, by a team, or by a share.
create function app.workspaces_with(permission text) returns uuid[]
    language plpgsql stable parallel restricted security definer
as $$
declare
    context constant pg_catalog.text := app.context();
    here constant pg_catalog.uuid := pg_catalog.substr(context, 10, 32);
    me constant pg_catalog.uuid := pg_catalog.substr(context, 75, 32);
    teams pg_catalog.uuid[];
    reached pg_catalog.uuid[]; more pg_catalog.uuid[];
begin
    if app.live_role(context, permission) is null then
        return null;
    end if;
    select pg_catalog.array_agg(found.workspace_id) into reached
    from (
        select w.workspace_id
        from tenant.workspace_members w
        join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
            and p.role_id operator(pg_catalog.=) w.role_id
            and p.level operator(pg_catalog.=) 'workspace'
            and p.permission operator(pg_catalog.=) $1
        where w.tenant_id operator(pg_catalog.=) here and w.user_id operator(pg_catalog.=) me
        union all
        select s.workspace_id
        from tenant.shares s
        join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
            and p.permission operator(pg_catalog.=) $1
        where s.tenant_id operator(pg_catalog.=) here and s.user_id operator(pg_catalog.=) me
            and s.document_id is null
            and (s.expires_at is null
                or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp())
    ) found;
    teams := app.teams_of(here, me);
    if teams is null then
        return reached;
    end if;
    select pg_catalog.array_agg(found.workspace_id) into more
    from (
        select w.workspace_id
        from tenant.workspace_members w
        join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
            and p.role_id operator(pg_catalog.=) w.role_id
            and p.level operator(pg_catalog.=) 'workspace'
            and p.permission operator(pg_catalog.=) $1
        where w.tenant_id operator(pg_catalog.=) here
            and w.team_id operator(pg_catalog.=) any (teams)
        union all
        select s.workspace_id
        from tenant.shares s
        join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
            and p.permission operator(pg_catalog.=) $1
        where s.tenant_id operator(pg_catalog.=) here
            and s.team_id operator(pg_catalog.=) any (teams) and s.document_id is null
            and (s.expires_at is null
                or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp())
    ) found;
    return reached operator(pg_catalog.||) more;
end
$$;

-- The documents in which the caller holds `permission` by a share of that document.
create function app.documents_with(permission text) returns uuid[]
    language plpgsql stable parallel restricted security definer
as $$
declare
    context constant pg_catalog.text := app.context();
    here constant pg_catalog.uuid := pg_catalog.substr(context, 10, 32);
    me constant pg_catalog.uuid := pg_catalog.substr(context, 75, 32);
    teams pg_catalog.uuid[];
    reached pg_catalog.uuid[]; more pg_catalog.uuid[];
begin
    if app.live_role(context, permission) is null then
        return null;
    end if;
    select pg_catalog.array_agg(s.document_id) into reached
    from tenant.shares s
    join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
        and p.permission operator(pg_catalog.=) $1
    where s.tenant_id operator(pg_catalog.=) here and s.user_id operator(pg_catalog.=) me
        and s.document_id is not null
        and (s.expires_at is null
            or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
    teams := app.teams_of(here, me);
    if teams is null then
        return reached;
    end if;
    select pg_catalog.array_agg(s.document_id) into more
    from tenant.shares s
    join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
        and p.permission operator(pg_catalog.=) $1
    where s.tenant_id operator(pg_catalog.=) here
        and s.team_id operator(pg_catalog.=) any (teams) and s.document_id is not null
        and (s.expires_at is null
            or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
    return reached operator(pg_catalog.||) more;
end
$$;

grant execute on function app.workspaces_with(text), app.documents_with(text) to bulkhead_api;
