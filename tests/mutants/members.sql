-- Mutants of invitations and of belonging to several tenants: see tables.sql. Most change a word of
-- a function.

-- mutant: an invitation is for whoever has its token | invitations::accepting
do $$ begin execute replace(pg_get_functiondef('app.accept_invitation'::regproc),
    'and lower(i.email collate "C") = (select app.proven_address())', ''); end $$;

-- mutant: an address that was only entered is proven | invitations::accepting
do $$ begin execute replace(pg_get_functiondef('app.proven_address'::regproc),
    'EXISTS ( SELECT', 'true OR EXISTS ( SELECT'); end $$;

-- mutant: an invitation is good again and again | invitations::
do $$ begin execute regexp_replace(pg_get_functiondef('app.invitation_stands'::regproc),
    '\(?[a-z_.]*asked\)?\.state = ''pending''::text', 'true'); end $$;

-- mutant: an invitation that is being taken back is not waited for | invitations::races
do $$ begin execute replace(pg_get_functiondef('app.accept_invitation'::regproc),
    'for no key update;', ';'); end $$;

-- mutant: an inviter who is losing the right is not waited for | invitations::races
do $$ begin execute replace(pg_get_functiondef('app.accept_invitation'::regproc),
    'for share;', ';'); end $$;

-- mutant: an invitation stands whatever its inviter may now | invitations::void
do $$ begin execute regexp_replace(pg_get_functiondef('app.may_have_invited'::regproc),
    'BEGIN ATOMIC.*END', 'BEGIN ATOMIC select true; END'); end $$;

-- mutant: who left and is back has invited | invitations::void
do $$ begin execute regexp_replace(pg_get_functiondef('app.invitation_stands'::regproc),
    'm\.created_at <= \(?[a-z_.]*asked\)?\.sent_at', 'true'); end $$;

-- mutant: an invitation lasts for ever | invitations::void
do $$ begin execute regexp_replace(pg_get_functiondef('app.invitation_stands'::regproc),
    '\(?[a-z_.]*asked\)?\.expires_at > now\(\)', 'true'); end $$;

-- mutant: an old invitation brings back who was taken out | invitations::void
do $$ begin execute regexp_replace(pg_get_functiondef('app.invitation_admits'::regproc),
    'f\.left_at >= \(?[a-z_.]*asked\)?\.sent_at', 'false'); end $$;

-- mutant: an invitation is above its inviter | invitations::inviting
do $$ begin execute replace(pg_get_functiondef('app.require_inviting'::regproc),
    '$1 not in (select app.assignable_roles())', 'false'); end $$;

-- mutant: the service reads the hash of an invitation | invitations::inviting
grant select on tenant.invitations to bulkhead_api;

-- mutant: any number of invitations | invitations::inviting
do $$ begin execute replace(pg_get_functiondef('app.invite'::regproc),
    '>= 1000', '>= 1000000'); end $$;

-- mutant: a session goes to any tenant | members::switching
do $$ begin execute replace(pg_get_functiondef('app.switch_tenant'::regproc),
    'where uuid_send(m.user_id) = uuid_send(me) and m.state = ''active''', 'where true'); end $$;

-- mutant: a session goes to another tenant under the old token | members::switching
do $$ begin execute replace(pg_get_functiondef('app.switch_tenant'::regproc),
    'set hash = $3,', 'set hash = c.hash,'); end $$;

-- mutant: a token that is over switches | members::switching
do $$ begin execute replace(pg_get_functiondef('app.switch_tenant'::regproc),
    'and c.hash = $2', ''); end $$;

-- mutant: a session of one tenant is one of all | members::sessions
do $$ begin execute replace(pg_get_functiondef('app.session_tenant'::regproc),
    'c.tenant_id', 'null::uuid'); end $$;

-- mutant: a planted cookie ends its owner's session | members::sessions
do $$ begin execute replace(pg_get_functiondef('app.replace_session'::regproc),
    'and c.user_id = mine.user_id', ''); end $$;

-- mutant: the keys of who left open again when they are back | members::leaving
do $$ begin execute replace(pg_get_functiondef('app.remember_leaving'::regproc),
    'set revoked_at = now()', 'set revoked_at = null'); end $$;

-- mutant: an administrator hands the tenant on | members::ownership
do $$ begin execute replace(pg_get_functiondef('app.transfer_ownership'::regproc),
    'or app.standing_role(null) is distinct from owning', ''); end $$;

-- mutant: two owners who hand on do not queue | members::ownership
do $$ begin execute replace(pg_get_functiondef('app.transfer_ownership'::regproc),
    'for no key update', ''); end $$;

-- mutant: a key hands the tenant on | members::ownership
do $$ begin execute replace(pg_get_functiondef('app.transfer_ownership'::regproc),
    'app.require_session()', 'app.user_id()'); end $$;

-- mutant: what is still good is purged | members::purge
do $$ begin execute replace(pg_get_functiondef('app.purge_credentials'::regproc),
    'interval ''90 days''', 'interval ''80 days'''); end $$;

-- mutant: one tenant's claims keep all others waiting | domains::turns
do $$ begin execute replace(pg_get_functiondef('app.take_domains'::regproc),
    'ORDER BY w.silent, w.turn, w.due_at', 'ORDER BY w.due_at'); end $$;

-- mutant: a good token opens another session | members::purge
do $$ begin execute replace(pg_get_functiondef('app.purge_credentials'::regproc),
    'b.expires_at > now()', 'false'); end $$;
