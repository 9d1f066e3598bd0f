-- Handing on: nobody gives a place or a share of more than they hold, or for longer.
--
-- Asked on writes only, as grants.sql, on which it builds.
set local role bulkhead_definer;

-- The teams the caller is in.
create function app.my_teams() returns setof uuid
    language plpgsql stable parallel restricted security definer rows 5
    set search_path = ''
as $$
begin
    return query
        select t.team_id from tenant.team_members t
        where t.tenant_id = app.tenant_id() and t.user_id = app.member_id();
end
$$;

-- May the caller use `permission` here now, and until then (null: for good)? What they have by a
-- share they have until it ends; handed on for longer, it would never end.
create function app.can_until(permission text, workspace uuid, document uuid, until timestamptz)
    returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select app.can($1, $2, $3) and (
        coalesce(app.holds($1), false)
        or exists (
            select from tenant.workspace_members w
            join tenant.role_permissions p on p.tenant_id = w.tenant_id
                and p.role_id = w.role_id and p.level = 'workspace' and p.permission = $1
            where w.tenant_id = app.tenant_id() and w.workspace_id = $2
                and (w.user_id = app.member_id() or w.team_id in (select app.my_teams())))
        or exists (
            select from tenant.shares s
            join platform.share_permissions p on p.access = s.access and p.permission = $1
            where s.tenant_id = app.tenant_id() and s.workspace_id = $2
                and (s.document_id is null or s.document_id = $3)
                and (s.user_id = app.member_id() or s.team_id in (select app.my_teams()))
                and (s.expires_at is null or s.expires_at >= $4)));
end;

-- May the caller give or take this role in this workspace?
create function app.may_assign(workspace uuid, role uuid) returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select not exists (
        select from tenant.role_permissions p
        where p.tenant_id = app.tenant_id() and p.role_id = $2 and p.level = 'workspace'
            and not app.can_until(p.permission, $1, null, null));
end;

-- May the caller give this access to this workspace, or to this document in it, until then?
create function app.may_share(workspace uuid, document uuid, access text, until timestamptz)
    returns boolean
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select not exists (
        select from platform.share_permissions p
        where p.access = $3 and not app.can_until(p.permission, $1, $2, $4));
end;

-- May the caller let somebody into this team? Only if they could give all that the team has.
-- Volatile, to see what was given to it while the caller waited for it (triggers/team.sql).
create function app.may_join(team uuid) returns boolean
    language sql volatile parallel restricted security definer
    set search_path = ''
begin atomic
    select not exists (
            select from tenant.workspace_members w
            where w.tenant_id = app.tenant_id() and w.team_id = $1
                and not app.may_assign(w.workspace_id, w.role_id))
        and not exists (
            select from tenant.shares s
            where s.tenant_id = app.tenant_id() and s.team_id = $1
                and not app.may_share(s.workspace_id, s.document_id, s.access, s.expires_at));
end;

grant execute on function
    app.my_teams(), app.can_until(text, uuid, uuid, timestamptz), app.may_assign(uuid, uuid),
    app.may_share(uuid, uuid, text, timestamptz), app.may_join(uuid)
    to bulkhead_api;
