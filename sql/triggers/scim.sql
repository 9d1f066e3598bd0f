-- t30_scim, t40_scim: what SCIM keeps in step: the roles that groups give, and who has blocked
-- whom.
set local role bulkhead_definer;

-- Whether the transaction speaks for a directory; null for no.
create function app.acting_directory() returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select case when substr(app.context(), 203, 1) = 'd' then app.credential_id() end;
end;

-- Gives a directory's user the role of the first of their groups that has one, or else the
-- directory's own; unless somebody has given them another meanwhile.
create function app.settle_role(tenant uuid, scim_user uuid) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    su tenant.scim_users;
    wanted uuid;
begin
    select o.* into su from tenant.scim_users o where o.tenant_id = $1 and o.id = $2;
    select coalesce((
            select g.role_id from tenant.scim_group_members m
            join tenant.scim_groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
            where m.tenant_id = $1 and m.scim_user_id = $2 and g.role_id is not null
            order by g.id limit 1), d.role_id)
    into wanted
    from tenant.scim_directories d where d.tenant_id = $1 and d.id = su.directory_id;
    if wanted is null or wanted = su.role_id then
        return;
    end if;
    update tenant.members m set role_id = wanted
    where m.tenant_id = $1 and m.user_id = su.user_id and m.role_id = su.role_id;
    update tenant.scim_users o set role_id = wanted where o.tenant_id = $1 and o.id = $2;
end
$$;

create function app.settle_members() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    update tenant.scim_groups g set changes = g.changes + 1
    where (g.tenant_id, g.id) in (select c.tenant_id, c.group_id from changed c);
    perform app.settle_role(c.tenant_id, c.scim_user_id)
    from (select distinct o.tenant_id, o.scim_user_id from changed o order by 1, 2) c;
    return null;
end
$$;

-- Nobody gives by a group what they could not give, or takes what they could not take.
create function app.check_group_role() returns trigger
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    if app.tenant_id() is not null and exists (
        select from unnest(array[old.role_id, new.role_id]) as r (id)
        where r.id is not null and r.id not in (select app.provisionable_roles()))
    then
        raise exception 'this role holds permissions the caller does not'
            using errcode = '42501', constraint = 'scim_groups_role_id_above_own';
    end if;
    return new;
end
$$;

create function app.settle_group() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform app.settle_role(m.tenant_id, m.scim_user_id)
    from tenant.scim_group_members m
    where m.tenant_id = new.tenant_id and m.group_id = new.id
    order by m.scim_user_id;
    return null;
end
$$;

-- Only what a directory has itself blocked is its to let in: whoever else changes the state since
-- has the word.
create function app.mark_blocked() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    blocker constant uuid := case when new.state = 'deactivated' then app.acting_directory() end;
begin
    update tenant.scim_users su
    set blocked = coalesce(su.directory_id = blocker, false)
    where su.tenant_id = new.tenant_id and su.user_id = new.user_id
        and su.blocked <> coalesce(su.directory_id = blocker, false);
    return null;
end
$$;
grant execute on function app.settle_members(), app.check_group_role(), app.settle_group(),
    app.mark_blocked() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_scim_insert after insert on tenant.scim_group_members
    referencing new table as changed for each statement execute function app.settle_members();
create trigger t30_scim_delete after delete on tenant.scim_group_members
    referencing old table as changed for each statement execute function app.settle_members();
create trigger t20_role before update on tenant.scim_groups for each row
    when (old.role_id is distinct from new.role_id) execute function app.check_group_role();
create trigger t40_scim_role after update on tenant.scim_groups for each row
    when (old.role_id is distinct from new.role_id) execute function app.settle_group();
create trigger t40_scim_blocked after update on tenant.members for each row
    when (old.state is distinct from new.state) execute function app.mark_blocked();
