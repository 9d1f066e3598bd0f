-- Reach: the workspaces and documents in which the caller holds a permission other than by the
-- tenant-wide role, which app.holds() answers for.
--
-- Asked once a statement, and each step only when there is something to look for: most callers
-- are in no team and nothing is shared with them.
set local role bulkhead_definer;

-- The teams of `me`. Executable by the definer alone, like the next: they believe their arguments.
create function app.teams_of(here uuid, me uuid) returns uuid[]
    language plpgsql stable parallel restricted
as $$
begin
    return array(
        select t.team_id from tenant.team_members t
        where t.tenant_id operator(pg_catalog.=) here and t.user_id operator(pg_catalog.=) me);
end
$$;

-- What is shared with `me` or `teams` so that it gives `permission`, and has not expired.
create function app.shares_with(permission text, here uuid, me uuid, teams uuid[])
    returns table (workspace_id uuid, document_id uuid)
    language plpgsql stable parallel restricted rows 20
as $$
#variable_conflict use_column
begin
    return query
        select s.workspace_id, s.document_id
        from tenant.shares s
        join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
            and p.permission operator(pg_catalog.=) $1
        where s.tenant_id operator(pg_catalog.=) here and s.user_id operator(pg_catalog.=) me
            and (s.expires_at is null
                or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
    if teams operator(pg_catalog.<>) '{}' then
        return query
            select s.workspace_id, s.document_id
            from tenant.shares s
            join platform.share_permissions p on p.access operator(pg_catalog.=) s.access
                and p.permission operator(pg_catalog.=) $1
            where s.tenant_id operator(pg_catalog.=) here
                and s.team_id operator(pg_catalog.=) any (teams)
                and (s.expires_at is null
                    or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
    end if;
end
$$;

-- The workspaces in which the caller holds `permission`: as a member, through a team that is one,
-- or by a share of the whole workspace.
create function app.workspaces_with(permission text) returns setof uuid
    language plpgsql stable parallel restricted security definer rows 20
as $$
declare
    context constant pg_catalog.text := app.context();
    here constant pg_catalog.uuid := pg_catalog.left(context, 36);
    me constant pg_catalog.uuid := pg_catalog.substr(context, 37, 36);
    teams pg_catalog.uuid[];
begin
    if app.live_role(context, $1) is null then
        return;
    end if;
    teams := app.teams_of(here, me);
    return query
        select w.workspace_id
        from tenant.workspace_members w
        join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
            and p.role_id operator(pg_catalog.=) w.role_id
            and p.level operator(pg_catalog.=) 'workspace'
            and p.permission operator(pg_catalog.=) $1
        where w.tenant_id operator(pg_catalog.=) here and w.user_id operator(pg_catalog.=) me;
    if teams operator(pg_catalog.<>) '{}' then
        return query
            select w.workspace_id
            from tenant.workspace_members w
            join tenant.role_permissions p on p.tenant_id operator(pg_catalog.=) here
                and p.role_id operator(pg_catalog.=) w.role_id
                and p.level operator(pg_catalog.=) 'workspace'
                and p.permission operator(pg_catalog.=) $1
            where w.tenant_id operator(pg_catalog.=) here
                and w.team_id operator(pg_catalog.=) any (teams);
    end if;
    return query
        select s.workspace_id from app.shares_with($1, here, me, teams) s
        where s.document_id is null;
end
$$;

-- The documents in which the caller holds `permission` by a share of that document.
create function app.documents_with(permission text) returns setof uuid
    language plpgsql stable parallel restricted security definer rows 20
as $$
declare
    context constant pg_catalog.text := app.context();
    here constant pg_catalog.uuid := pg_catalog.left(context, 36);
    me constant pg_catalog.uuid := pg_catalog.substr(context, 37, 36);
begin
    if app.live_role(context, $1) is not null then
        return query
            select s.document_id from app.shares_with($1, here, me, app.teams_of(here, me)) s
            where s.document_id is not null;
    end if;
end
$$;

grant execute on function app.workspaces_with(text), app.documents_with(text) to bulkhead_api;
