-- Newcomers: who comes for the first time, and what is made for them.
set local role bulkhead_definer;

-- What to call somebody of whom their issuer says this.
create function app.name_of(display_name text, email text) returns text
    language sql stable
    return coalesce(case when left(display_name, 200) ~ '\S' then left(display_name, 200) end,
        left(email, 200), 'Unnamed');

-- Who comes for the first time: whoever was entered under the address that they have proven, if
-- nobody has come as that user before; somebody new otherwise. What was opened in their name before
-- they came was not theirs, and ends.
create function app.newcomer(proven text, display_name text) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    awaited uuid;
    known boolean;
    made uuid;
begin
    select u.id into awaited from platform.users u where lower(u.email) = lower($1) for update;
    if awaited is not null then
        select exists (select from platform.identities i where i.user_id = awaited) into known;
        if not known then
            perform app.end_all(awaited, null, null);
            -- Nor is what others called them.
            update platform.users u set display_name = app.name_of($2, $1) where u.id = awaited;
            return awaited;
        end if;
    end if;
    -- An address that is another's already stays theirs.
    insert into platform.users (email, display_name)
    values (case when awaited is null then $1 end, app.name_of($2, $1))
    on conflict (lower(email)) do nothing
    returning id into made;
    return coalesce(made, app.newcomer($1, $2));
end
$$;

-- A person's own tenant, with a workspace in it; made when they first come.
create function app.own_tenant(person uuid) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    own uuid;
    room uuid;
begin
    select t.id into own from platform.tenants t where t.personal_user_id = person;
    if found then
        return own;
    end if;
    perform from platform.users u where u.id = person for no key update;
    select t.id into own from platform.tenants t where t.personal_user_id = person;
    if found then
        return own;
    end if;
    insert into platform.tenants (kind, slug, name, personal_user_id)
    select 'personal', 'p-' || left(replace(gen_random_uuid()::text, '-', ''), 20),
        u.display_name, u.id
    from platform.users u where u.id = person
    returning id into own;
    perform app.sync_builtin_roles(array[own]);
    insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
    select own, u.id, r.id, u.email, u.display_name
    from platform.users u, tenant.roles r
    where u.id = person and r.tenant_id = own and r.builtin and r.name = 'owner';
    insert into tenant.workspaces (tenant_id, name, created_by) values (own, 'Personal', person)
    returning id into room;
    insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
    select m.tenant_id, room, m.user_id, m.role_id from tenant.members m where m.tenant_id = own;
    return own;
end
$$;
