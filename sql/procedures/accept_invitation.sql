-- Accepting an invitation: somebody who is in no tenant yet comes into one by a person's word.
set local role bulkhead_definer;

-- The invitations to the caller's proven address that would bring them in; with a token's hash,
-- that one. Not their tokens: those are with whoever invited.
create function app.my_invitations(hash bytea) returns table (
        id uuid, tenant_id uuid, tenant_slug text, tenant_name text, role text, invited_by text,
        expires_at timestamptz)
    language plpgsql stable security definer rows 5
    set search_path = ''
as $$
#variable_conflict use_column
declare
    me constant uuid := app.require_own_session();
begin
    return query
        select i.id, t.id, t.slug, t.name, r.name, m.display_name, i.expires_at
        from (
            -- What is over is not even looked at, and of the rest the newest first.
            select o.* from tenant.invitations o
            where lower(o.email collate "C") = (select app.proven_address())
                and o.state = 'pending' and o.expires_at > now()
                and ($1 is null or encode(o.hash, 'hex') = encode($1, 'hex'))
            order by o.id desc
            offset 0) i
        join platform.tenants t on t.id = i.tenant_id
        join tenant.roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
        join tenant.members m on m.tenant_id = i.tenant_id and m.user_id = i.invited_by
        where app.invitation_admits(i, me)
        order by i.id desc
        limit 100;
end
$$;

-- Makes the caller a member by the token whose hash is given. Whatever is wrong with it, of
-- whichever tenant it is and whoever it is for, the answer is one and the same.
create function app.accept_invitation(hash bytea)
    returns table (tenant_id uuid, slug text, name text, role text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    me constant uuid := app.require_own_session();
    asked tenant.invitations;
    joined boolean := false;
begin
    -- Of many at once the first finds it pending.
    select i.* into asked from tenant.invitations i
    where encode(i.hash, 'hex') = encode($1, 'hex')
        and lower(i.email collate "C") = (select app.proven_address())
    for no key update;
    -- Who is losing the right to invite at this moment has lost it.
    perform from tenant.members m
    where m.tenant_id = asked.tenant_id and m.user_id = asked.invited_by
    for share;
    if app.invitation_stands(asked) and exists (
        select from tenant.members m
        where m.tenant_id = asked.tenant_id and m.user_id = me and m.state = 'active')
    then
        raise exception 'the caller is a member already'
            using errcode = '23505', constraint = 'members_user_id_unique';
    end if;
    if coalesce(app.invitation_admits(asked, me), false) then
        insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
        select asked.tenant_id, u.id, asked.role_id, asked.email, u.display_name
        from platform.users u where u.id = me
        -- Another member may be known there by that address.
        on conflict do nothing;
        joined := found;
    end if;
    if not joined then
        raise exception 'no such invitation' using errcode = 'P0002';
    end if;
    insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
    select asked.tenant_id, asked.workspace_id, me, asked.workspace_role_id
    where asked.workspace_id is not null;
    update tenant.invitations i set state = 'accepted', accepted_by = me, accepted_at = now()
    where i.tenant_id = asked.tenant_id and i.id = asked.id;
    return query
        select t.id, t.slug, t.name, r.name
        from platform.tenants t
        join tenant.roles r on r.tenant_id = t.id and r.id = asked.role_id
        where t.id = asked.tenant_id;
end
$$;

grant execute on function app.my_invitations(bytea), app.accept_invitation(bytea) to bulkhead_api;
