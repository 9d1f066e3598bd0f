-- The connections of the world's tenants: one is in use and one a draft; a rule gives a role, and
-- one of its people is known by it. Goes on where identities.sql ends.
insert into tenant.connections
    (tenant_id, id, name, issuer, client_id, state, is_open, role_id, tested_at, activated_by,
    created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/connection/' || kind), kind || ' of ' || slug,
    'https://id.' || slug || '.example/' || kind, slug || '-client', state, true,
    pg_temp.id(slug || '/role/member'), tested_at, pg_temp.id(slug || '.owner'),
    pg_temp.id(slug || '.owner')
from populated, (values ('own', 'active', now()), ('spare', 'draft', null))
    as connected (kind, state, tested_at);
insert into tenant.connection_roles (tenant_id, id, connection_id, claim, value, role_id,
    created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/connection_role/staff'),
    pg_temp.id(slug || '/connection/own'), 'groups', slug || '-staff',
    pg_temp.id(slug || '/role/viewer'), pg_temp.id(slug || '.owner')
from populated;
insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id)
select pg_temp.id(slug), pg_temp.id(slug || '/connection/own'),
    'https://id.' || slug || '.example/own', 'teammate', pg_temp.id(slug || '.teammate')
from populated;
insert into platform.link_proofs (proof, browser, user_id, tenant_id, connection_id, issuer,
    subject)
select sha256(convert_to(slug, 'UTF8')), sha256('browser'), pg_temp.id(slug || '.owner'),
    pg_temp.id(slug), pg_temp.id(slug || '/connection/own'),
    'https://id.' || slug || '.example/own', 'owner'
from populated;
insert into platform.logout_tokens (connection_id, jti, expires_at)
values (pg_temp.id('acme/connection/own'), sha256('jti'), now());
