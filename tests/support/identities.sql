-- By which login somebody of each tenant is known, and to whom else; and a sign-in under way.
insert into platform.identities (connection_id, issuer, subject, user_id)
select '00000000-0000-0000-0000-000000000000', 'https://issuer.world.test', u.email, u.id
from platform.users u where u.email like '%.sharee@example.test';
insert into platform.sign_ins (state, browser, host, door, issuer, nonce, verifier, redirect_uri,
    return_to)
values (sha256('state'), sha256('browser'), 'host', 'door', 'issuer', 'nonce', 'verifier', '', '/');
insert into platform.legacy_users (source, legacy_id, user_id)
select 'world', u.email, u.id from platform.users u where u.email like '%.sharee@example.test';
insert into platform.directory_tasks (user_id)
select u.id from platform.users u where u.email like '%.sharee@example.test';
insert into platform.credentials (id, kind, hash, user_id, name, expires_at)
select pg_temp.id('bearer ' || u.email), 'session', sha256(convert_to(u.email, 'UTF8')), u.id,
    'sign-in', now() + interval '1 day'
from platform.users u where u.email like '%.sharee@example.test';
insert into platform.bearer_tokens (signed, credential_id, user_id, expires_at)
select c.hash, c.id, c.user_id, c.expires_at
from platform.credentials c where c.name = 'sign-in';
