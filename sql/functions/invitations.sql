-- Invitations: whose address is proven, and whether an invitation still stands.
set local role bulkhead_definer;

-- The address that the caller has proven at an issuer of the platform's own; null for none. What
-- somebody was entered under, and never came by, is not proven.
create function app.proven_address() returns text
    language sql stable
    set search_path = ''
begin atomic
    select lower(u.email collate "C") from platform.users u
    where u.id = app.user_id() and u.state = 'active'
        and exists (
            select from platform.identities i
            where i.user_id = u.id
                and i.connection_id = '00000000-0000-0000-0000-000000000000');
end;

-- Does this member hold what inviting somebody with these roles needs? Asked of whoever invited,
-- who need not be the caller, by the roles that they and their teams have now.
create function app.may_have_invited(
    tenant uuid, inviter uuid, role uuid, workspace uuid, workspace_role uuid
) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    with everywhere as (
        select p.permission from app.permissions_of($1, $2) as p (permission)
    ), there as (
        select e.permission from everywhere e
        union all
        select p.permission from tenant.workspace_members w
        join tenant.role_permissions p on p.tenant_id = w.tenant_id and p.role_id = w.role_id
            and p.level = 'workspace'
        where w.tenant_id = $1 and w.workspace_id = $4
            and (w.user_id = $2 or w.team_id in (
                select t.team_id from tenant.team_members t
                where t.tenant_id = $1 and t.user_id = $2))
    )
    select exists (select from everywhere e where e.permission = 'invitation.create')
        and app.could_give($1, $2, $3)
        and ($4 is null
            or exists (select from there t where t.permission = 'workspace_member.create')
            and not exists (
                select from tenant.role_permissions p
                where p.tenant_id = $1 and p.role_id = $5 and p.level = 'workspace'
                    and p.permission not in (select t.permission from there t)));
end;

-- Does an invitation stand at this moment, whoever it is for?
create function app.invitation_stands(asked tenant.invitations) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select $1.state = 'pending' and $1.expires_at > now()
        and exists (
            select from platform.tenants t where t.id = $1.tenant_id and t.state = 'active')
        -- Who has left meanwhile, and is back, has invited nobody.
        and exists (
            select from tenant.members m
            where m.tenant_id = $1.tenant_id and m.user_id = $1.invited_by
                and m.created_at <= $1.sent_at)
        and app.may_have_invited($1.tenant_id, $1.invited_by, $1.role_id, $1.workspace_id,
            $1.workspace_role_id);
end;

-- Does it bring this person in? Not whom an administrator has shut out, who is let back in by
-- lifting that; nor who has left since, for whoever invited them did not know.
create function app.invitation_admits(asked tenant.invitations, person uuid) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select app.invitation_stands($1)
        and not exists (
            select from tenant.members m where m.tenant_id = $1.tenant_id and m.user_id = $2)
        and not exists (
            select from tenant.former_members f
            where f.tenant_id = $1.tenant_id and f.user_id = $2 and f.left_at >= $1.sent_at);
end;
