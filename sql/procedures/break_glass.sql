-- Breaking the glass: the one way past a tenant's enforced sign-in, for when its provider fails.
set local role bulkhead_definer;

-- A session of an hour in that tenant, for somebody who may and has just signed in at one of the
-- platform's own issuers. They say why, and the tenant's history tells it. `refused` says why not.
create function app.break_glass(
    session bytea, slug text, reason text, hash bytea, host text, request text[]
) returns table (credential_id uuid, expires_at timestamptz, refused text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    whose constant uuid := app.holder_of($1);
    opened constant uuid := platform.uuid_v7();
    told text[] := $6;
    held platform.credentials;
    login platform.identities;
    home uuid;
begin
    told[4] := left($3, 200);
    select c.* into held from platform.credentials c where c.hash = $1 and c.user_id = whose;
    select i.* into login from platform.identities i where i.id = held.identity_id;
    select t.id into home
    from platform.tenants t
    join tenant.members m on m.tenant_id = t.id and m.user_id = whose and m.state = 'active'
    join tenant.role_permissions p on p.tenant_id = m.tenant_id and p.role_id = m.role_id
        and p.level = 'tenant' and p.permission = 'break_glass.create'
    where t.slug = lower($2) and t.state = 'active' and t.sso_enforced;
    refused := case
        when whose is null or login.id is null then 'credential_invalid'
        when home is null then 'tenant_unavailable'
        when held.authenticated_at > now() - interval '15 minutes' is not true
        then 'sign_in_too_old'
        when coalesce($3, '') !~ '\S' then 'reason_required' end;
    if refused is not null then
        if home is not null then
            perform app.count_up(home, app.pseudonym_of(home, whose),
                app.nowhere(whose, nobody, 'session', told), 'denied', 'break_glass.create', null,
                null, json_build_object('code', refused)::text, 1, 10);
        end if;
        return next;
        return;
    end if;
    perform app.wear(app.nowhere(whose, opened, 'session', told));
    perform app.tell(home, app.context(), 'ok', 'break_glass.create', home, null, null, 1);
    expires_at := app.open_session(opened, login, home, null, 'break-glass', null, $4, $5,
        '1 hour', null, told[7]);
    credential_id := opened;
    return next;
end
$$;

grant execute on function app.break_glass(bytea, text, text, bytea, text, text[])
    to bulkhead_identity;
