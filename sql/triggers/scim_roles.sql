-- t20_role, t30_scim, t40_scim_role: the roles that directories and their groups give, in step with
-- who is in a group.
set local role bulkhead_definer;

-- Refuses a person who has a directory give what they could not give, or take what they could not.
create function app.require_provisionable(roles uuid[], code text) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    if app.acts_for_person() and exists (
        select from unnest($1) as r (id)
        where r.id is not null and r.id not in (select app.provisionable_roles()))
    then
        raise exception 'this role holds permissions the caller does not'
            using errcode = '42501', constraint = $2;
    end if;
end
$$;

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
    -- Of two groups that are left at once the second finds what the first has left.
    select o.* into su from tenant.scim_users o where o.tenant_id = $1 and o.id = $2
    for no key update;
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
    -- Before it may be the caller's own that changes.
    if exists (
        select from tenant.members m
        where m.tenant_id = $1 and m.user_id = su.user_id and m.role_id = su.role_id)
    then
        perform app.require_provisionable(array[su.role_id, wanted],
            'scim_groups_role_id_above_own');
    end if;
    update tenant.members m set role_id = wanted
    where m.tenant_id = $1 and m.user_id = su.user_id and m.role_id = su.role_id;
    -- Who has another by hand keeps it, also when the directory comes to give the same.
    if found then
        update tenant.scim_users o set role_id = wanted where o.tenant_id = $1 and o.id = $2;
    end if;
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
    from (
        select distinct o.tenant_id, o.user_id, o.scim_user_id from changed o order by 1, 2, 3) c;
    return null;
end
$$;

create function app.check_provisioned_role() returns trigger
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform app.require_provisionable(array[old.role_id, new.role_id], tg_argv[0]);
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

grant execute on function
    app.settle_members(), app.check_provisioned_role(), app.settle_group() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_scim_insert after insert on tenant.scim_group_members
    referencing new table as changed for each statement execute function app.settle_members();
create trigger t30_scim_delete after delete on tenant.scim_group_members
    referencing old table as changed for each statement execute function app.settle_members();
-- Of one that is disabled, too: its groups go on giving, and somebody may turn it on.
create trigger t20_role before update on tenant.scim_directories for each row
    when (old.role_id is distinct from new.role_id)
    execute function app.check_provisioned_role('scim_directories_role_id_above_own');
create trigger t20_role before update on tenant.scim_groups for each row
    when (old.role_id is distinct from new.role_id)
    execute function app.check_provisioned_role('scim_groups_role_id_above_own');
create trigger t40_scim_role after update on tenant.scim_groups for each row
    when (old.role_id is distinct from new.role_id) execute function app.settle_group();
