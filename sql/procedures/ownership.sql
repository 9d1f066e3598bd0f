-- Ownership: an owner makes somebody else the owner and is one no more, in one act.
set local role bulkhead_definer;

create function app.transfer_ownership(user_id uuid) returns setof tenant.members
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    here constant uuid := app.tenant_id();
    me constant uuid := app.require_session();
    owning uuid;
    made tenant.members;
begin
    -- Owners queue here, as in triggers/last_owner.sql: of two transfers at once the second finds
    -- what the first has left.
    perform from platform.tenants t where t.id = here for no key update;
    select r.id into owning from tenant.roles r
    where r.tenant_id = here and r.builtin and r.name = 'owner';
    if owning is null or app.self_id() is null or app.standing_role(null) is distinct from owning
    then
        raise exception 'only an owner hands the tenant on'
            using errcode = '42501', constraint = 'members_owner_only';
    elsif $1 = me then
        raise exception 'the caller owns the tenant already'
            using errcode = '55000', constraint = 'members_owner_already';
    elsif exists (
        select from platform.tenants t where t.id = here and t.personal_user_id is not null)
    then
        raise exception 'a personal tenant stays its person''s'
            using errcode = '55000', constraint = 'tenants_personal';
    end if;
    update tenant.members m set role_id = owning
    from platform.users u
    where m.tenant_id = here and m.user_id = $1 and m.state = 'active'
        and u.id = m.user_id and u.state = 'active'
    returning m.* into made;
    if not found then
        return;
    end if;
    update tenant.members m set role_id = r.id
    from tenant.roles r
    where m.tenant_id = here and m.user_id = me
        and r.tenant_id = here and r.builtin and r.name = 'admin';
    -- The last two are the history's.
    made.pseudonym := null;
    made.person := null;
    return next made;
end
$$;

grant execute on function app.transfer_ownership(uuid) to bulkhead_api;
