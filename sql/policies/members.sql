-- tenant.members: who may see and change the members of a tenant. They join by app.add_member().
set local role bulkhead_owner;

create policy members_tenancy on tenant.members
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy members_select on tenant.members for select to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('member.read'))
        or user_id = (select app.member_id())
    );

-- Both the role a member has and the one they get must be within the caller's own rights.
create policy members_update on tenant.members for update to bulkhead_api
    using (
        tenant_id = (select app.tenant_with('member.update'))
        and role_id in (select app.assignable_roles())
    );

-- Anyone may leave; the last owner is kept by trigger.
create policy members_delete on tenant.members for delete to bulkhead_api
    using (
        user_id = (select app.self_id())
        or (
            tenant_id = (select app.tenant_with('member.delete'))
            and role_id in (select app.assignable_roles())
        )
    );

-- Not what the gate reads of them, nor the pseudonym that the history knows them by.
grant select (tenant_id, user_id, role_id, email, display_name, state, version, created_at,
    updated_at), delete on tenant.members to bulkhead_api;
grant update (role_id, display_name, state) on tenant.members to bulkhead_api;
grant select, insert, update (role_id, given_role_id, email, display_name, state), delete
    on tenant.members to bulkhead_definer;

-- The gate and the permission functions look members up across tenants; a directory keeps its own.
create policy members_definer on tenant.members for all to bulkhead_definer
    using (true) with check (true);
