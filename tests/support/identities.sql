-- By which login somebody of each tenant is known, and a sign-in that is under way.
insert into platform.identities (connection_id, issuer, subject, user_id)
select '00000000-0000-0000-0000-000000000000', 'https://issuer.world.test', u.email, u.id
from platform.users u where u.email like '%.sharee@example.test';
insert into platform.sign_ins (state, browser, host, door, issuer, nonce, verifier, redirect_uri,
    return_to)
values (sha256('state'), sha256('browser'), 'host', 'door', 'issuer', 'nonce', 'verifier', '', '/');
