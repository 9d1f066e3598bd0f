-- Another globex: VARIANT (one or two) is in every name that can differ, COUNT in every number.
--
-- What it names `<kind>/one` is in the first world only, `<kind>/two` in the second only; what
-- world.sql made is in both, with other contents.

create or replace function pg_temp.id(name text) returns uuid language sql immutable
    return encode(substr(sha256(convert_to(name, 'UTF8')), 1, 16), 'hex')::uuid;
create or replace function pg_temp.globex(name text default '') returns uuid language sql immutable
    return pg_temp.id('globex' || name);

-- What both have, told otherwise.
update platform.tenants set name = 'Globex of VARIANT', slug = 'globex-VARIANT',
    settings = '{"canary": "VARIANT"}'
where id = pg_temp.globex();
update platform.users set display_name = 'VARIANT' where email like 'globex.%';
update tenant.members set display_name = 'VARIANT ' || email where tenant_id = pg_temp.globex();
update tenant.roles set description = 'VARIANT'
where tenant_id = pg_temp.globex() and not builtin;
update tenant.teams set description = 'VARIANT' where tenant_id = pg_temp.globex();
update tenant.workspaces set name = name || ' VARIANT' where tenant_id = pg_temp.globex();
update tenant.documents set body = 'canary VARIANT', metadata = '{"canary": "VARIANT"}'
where tenant_id = pg_temp.globex();
update tenant.audit_webhooks set url = 'https://192.0.2.1/VARIANT'
where tenant_id = pg_temp.globex();

-- What only one of them has: a thing of every kind by the name of VARIANT, and COUNT more.
create temp table names as
select 'VARIANT' as name union all select 'VARIANT ' || n from generate_series(1, COUNT) as n;

insert into tenant.roles (tenant_id, id, name)
select pg_temp.globex(), pg_temp.globex('/role/' || name), replace(name, ' ', '-') from names;
insert into tenant.role_permissions (tenant_id, role_id, level, permission)
select pg_temp.globex(), pg_temp.globex('/role/' || name), level, permission
from names, unnest(array['tenant', 'workspace']) as level,
    unnest(array['document.read', 'document.update']) as permission;

insert into platform.users (id, email, display_name)
select pg_temp.globex('.' || name), replace(name, ' ', '-') || '@globex.test', name from names;
insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
select pg_temp.globex(), pg_temp.globex('.' || name), pg_temp.globex('/role/' || name),
    replace(name, ' ', '-') || '@globex.test', name
from names;
insert into platform.credentials (id, kind, hash, user_id, tenant_id, name, expires_at)
select pg_temp.globex('/key/' || name), 'api_key', sha256(convert_to(name, 'UTF8')),
    pg_temp.globex('.' || name), pg_temp.globex(), name, now() + '1 day'
from names;
insert into platform.credential_uses (credential_id, last_used_at)
select pg_temp.globex('/key/' || name), now() from names;

insert into tenant.teams (tenant_id, id, name, created_by)
select pg_temp.globex(), pg_temp.globex('/team/' || name), name, pg_temp.globex('.VARIANT')
from names;
insert into tenant.team_members (tenant_id, id, team_id, user_id)
select pg_temp.globex(), pg_temp.globex('/team_member/' || name),
    pg_temp.globex('/team/' || name), pg_temp.globex('.' || name)
from names;
insert into tenant.workspaces (tenant_id, id, name, created_by)
select pg_temp.globex(), pg_temp.globex('/workspace/' || name), name, pg_temp.globex('.VARIANT')
from names;
insert into tenant.workspace_members (tenant_id, id, workspace_id, user_id, role_id)
select pg_temp.globex(), pg_temp.globex('/workspace_member/' || name),
    pg_temp.globex('/workspace/' || name), pg_temp.globex('.' || name),
    pg_temp.globex('/role/' || name)
from names;
insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by)
select pg_temp.globex(), pg_temp.globex('/document/' || name),
    pg_temp.globex('/workspace/' || name), name, 'canary', pg_temp.globex('.VARIANT')
from names;
insert into tenant.audit_webhooks (tenant_id, id, place, url, created_by)
select pg_temp.globex(), pg_temp.globex('/audit_webhook/VARIANT'), 2, 'https://192.0.2.1/',
    pg_temp.globex('.VARIANT');
insert into tenant.shares (tenant_id, id, workspace_id, document_id, team_id, access, created_by)
select pg_temp.globex(), pg_temp.globex('/share/' || name),
    pg_temp.globex('/workspace/' || name), pg_temp.globex('/document/' || name),
    pg_temp.globex('/team/' || name), 'manage', pg_temp.globex('.VARIANT')
from names;
-- As many as a tenant may claim.
insert into tenant.domains (tenant_id, id, name, state, mode, role_id)
select pg_temp.globex(), pg_temp.globex('/domain/' || name), replace(name, ' ', '-') || '.example',
    'verified', 'auto', pg_temp.globex('/role/' || name)
from names order by name limit 10;
insert into platform.domains (name, tenant_id, domain_id)
select name, tenant_id, id from tenant.domains
where tenant_id = pg_temp.globex() and mode = 'auto';
insert into tenant.join_requests (tenant_id, id, domain_id, user_id, email, display_name)
select pg_temp.globex(), pg_temp.globex('/join_request/' || name),
    pg_temp.globex('/domain/VARIANT'), pg_temp.globex('.' || name),
    replace(name, ' ', '-') || '@globex.test', name
from names;
insert into tenant.invitations (tenant_id, id, email, role_id, invited_by, hash)
select pg_temp.globex(), pg_temp.globex('/invitation/' || name),
    replace(name, ' ', '-') || '@globex.test', pg_temp.globex('/role/' || name),
    pg_temp.globex('.VARIANT'), sha256(convert_to('invitation ' || name, 'UTF8'))
from names;
insert into tenant.former_members (tenant_id, user_id)
select pg_temp.globex(), pg_temp.globex('.' || name) from names;
insert into tenant.scim_directories (tenant_id, id, name, role_id, hash, created_by, answered_by)
values (pg_temp.globex(), pg_temp.globex('/scim_directory/VARIANT'), 'VARIANT',
    pg_temp.globex('/role/member'), sha256('VARIANT of globex'), pg_temp.globex('.owner'),
    pg_temp.globex('.VARIANT'));
insert into tenant.scim_groups (tenant_id, id, directory_id, team_id)
select pg_temp.globex(), pg_temp.globex('/scim_group/' || name),
    pg_temp.globex('/scim_directory/VARIANT'), pg_temp.globex('/team/' || name)
from names;
insert into tenant.idempotency_keys
    (tenant_id, user_id, credential_id, key, fingerprint, status, headers, body)
select pg_temp.globex(), pg_temp.globex('.owner'), pg_temp.globex('.owner'), name,
    sha256('VARIANT'), 201, '{}', 'VARIANT'
from names;

-- Who may do less in the second, down to nobody.
update tenant.members set role_id = pg_temp.globex('/role/viewer')
where 'VARIANT' = 'two' and tenant_id = pg_temp.globex() and user_id = pg_temp.id('multi');
update tenant.members set state = 'deactivated'
where 'VARIANT' = 'two' and tenant_id = pg_temp.globex() and user_id = pg_temp.globex('.member');
delete from tenant.shares
where 'VARIANT' = 'two' and tenant_id = pg_temp.globex() and access = 'read';
update platform.tenants set state = 'suspended'
where 'VARIANT' = 'two' and id = pg_temp.globex();
analyze;
