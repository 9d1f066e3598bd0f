-- Invitations: making one, telling it anew and taking it back.
set local role bulkhead_definer;

-- Refuses whoever may not invite somebody with these roles: nobody gives more than they hold.
create function app.require_inviting(role uuid, workspace uuid, workspace_role uuid) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if not coalesce(app.holds('invitation.create'), false) then
        raise exception 'inviting somebody needs invitation.create'
            using errcode = '42501', constraint = 'invitations_insert';
    elsif $1 is not null and $1 not in (select app.assignable_roles()) then
        raise exception 'this role holds permissions the caller does not'
            using errcode = '42501', constraint = 'invitations_role_id_above_own';
    elsif $2 is not null and not (
        app.can('workspace_member.create', $2) and app.may_assign($2, $3)
        -- As it will be asked again when the invitation is accepted.
        and app.may_have_invited(app.tenant_id(), app.user_id(), $1, $2, $3))
    then
        raise exception 'the caller may not give this role in this workspace'
            using errcode = '42501', constraint = 'invitations_workspace_role_id_above_own';
    end if;
end
$$;

-- Says nothing of whether somebody has that address, and makes nobody. The answer holds no hash.
create function app.invite(
    email text, role_id uuid, workspace uuid, workspace_role uuid, hash bytea,
    expires_at timestamptz
) returns setof tenant.invitations
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_id();
    made tenant.invitations;
begin
    perform app.require_inviting($2, $3, $4);
    -- Two who invite at once must queue here, or both would find room for one.
    perform from platform.tenants t where t.id = here for no key update;
    if (select count(*) from tenant.invitations i
        where i.tenant_id = here and i.state = 'pending' and i.expires_at > now()) >= 1000
    then
        raise exception 'a tenant has a thousand open invitations at most'
            using errcode = '55000', constraint = 'invitations_limit';
    end if;
    insert into tenant.invitations (tenant_id, email, role_id, workspace_id, workspace_role_id,
        invited_by, hash, expires_at)
    values (here, $1, $2, $3, $4, app.user_id(), $5, coalesce($6, now() + interval '7 days'))
    returning * into made;
    made.hash := null;
    return next made;
end
$$;

-- A new token for a pending one: the old is dead, and whoever tells it anew has invited.
create function app.resend_invitation(id uuid, hash bytea) returns setof tenant.invitations
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    asked tenant.invitations;
begin
    select i.* into asked from tenant.invitations i
    where i.tenant_id = app.tenant_id() and i.id = $1
        -- To whoever may not see it, it is not there.
        and (app.holds('invitation.read') or app.holds('invitation.create'))
    for no key update;
    if not found then
        return;
    end if;
    perform app.require_inviting(asked.role_id, asked.workspace_id, asked.workspace_role_id);
    if asked.state <> 'pending' then
        raise exception 'this invitation is % already', asked.state
            using errcode = '55000', constraint = 'invitations_over';
    end if;
    update tenant.invitations i
    set hash = $2, invited_by = app.user_id(), sent_at = now(),
        expires_at = now() + (asked.expires_at - asked.sent_at)
    where i.tenant_id = asked.tenant_id and i.id = asked.id
    returning i.* into asked;
    asked.hash := null;
    return next asked;
end
$$;

-- Answers how many there were to take back: one, or none.
create function app.revoke_invitation(id uuid, versions integer[]) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    revoked bigint;
begin
    if not coalesce(app.holds('invitation.delete'), false) then
        raise exception 'taking an invitation back needs invitation.delete'
            using errcode = '42501', constraint = 'invitations_delete';
    end if;
    update tenant.invitations i set state = 'revoked'
    where i.tenant_id = app.tenant_id() and i.id = $1 and i.state = 'pending'
        and ($2 is null or i.version = any ($2));
    get diagnostics revoked = row_count;
    return revoked;
end
$$;

grant execute on function
    app.invite(text, uuid, uuid, uuid, bytea, timestamptz),
    app.resend_invitation(uuid, bytea), app.revoke_invitation(uuid, integer[]) to bulkhead_api;
