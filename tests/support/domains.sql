-- The domains of the world's tenants: one is proved and one only claimed; two people ask to be let
-- in, and one has left. Goes on where world.sql ends.

insert into tenant.domains
    (tenant_id, id, name, state, mode, role_id, token, proved_at, checked_at)
select pg_temp.id(slug), pg_temp.id(slug || '/domain/' || kind), kind || '.' || slug || '.example',
    state, mode, pg_temp.id(slug || '/role/member'),
    left(encode(sha256(convert_to(slug || kind, 'UTF8')), 'hex'), 40), proved_at, proved_at
from populated, (values
    ('mail', 'verified', 'request', now()), ('spare', 'pending', 'off', null)
) as claimed (kind, state, mode, proved_at);

insert into platform.domains (name, tenant_id, domain_id)
select 'mail.' || slug || '.example', pg_temp.id(slug), pg_temp.id(slug || '/domain/mail')
from populated;

insert into platform.users (id, email, display_name)
select pg_temp.id(slug || '.' || who), who || '@mail.' || slug || '.example', initcap(who)
from populated, unnest(array['asker', 'beggar', 'leaver']) as who;

insert into tenant.join_requests (tenant_id, id, domain_id, user_id, email, display_name)
select pg_temp.id(slug), pg_temp.id(slug || '/join_request/' || who),
    pg_temp.id(slug || '/domain/mail'), pg_temp.id(slug || '.' || who),
    who || '@mail.' || slug || '.example', initcap(who)
from populated, unnest(array['asker', 'beggar']) as who;

insert into tenant.former_members (tenant_id, user_id)
select pg_temp.id(slug), pg_temp.id(slug || '.leaver') from populated;
