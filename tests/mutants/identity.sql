-- Mutants of signing in and of sessions: see tables.sql. Most change a word of a function.

-- mutant: the API plane says who has signed in | identity::sign_in
grant execute on function app.sign_in(text, text, text, boolean, text, bytea, text, interval,
    interval, text[]) to bulkhead_api;

-- mutant: an unproven address finds who is awaited | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.sign_in'::regproc),
    'case when $4', 'case when true'); end $$;

-- mutant: an address is whoever had it before | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.newcomer'::regproc),
    'if not known then', 'if true then'); end $$;

-- mutant: what was opened before somebody came stays open | identity::sign_in
create or replace function app.end_all(person uuid, spared uuid) returns void
    language sql as 'select';

-- mutant: who was taken out comes back as somebody new | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.enrol_by_domain'::regproc),
    'and o.id <> $1', 'and false'); end $$;

-- mutant: a deactivated user is let in | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.sign_in'::regproc),
    'and u.state = ''active''', ''); end $$;

-- mutant: a sign-in counts for any browser | identity::browser
do $$ begin execute replace(pg_get_functiondef('app.take_sign_in'::regproc),
    't.browser = $2', 'true'); end $$;

-- mutant: a use brings an ended session back | identity::sessions
do $$ begin execute replace(pg_get_functiondef('app.note_credential_use'::regproc),
    'c.idle_until > now()', 'true'); end $$;

-- mutant: a session ends anybody's | identity::sessions
do $$ begin execute replace(pg_get_functiondef('app.end_sessions'::regproc),
    'uuid_send(c.user_id) = uuid_send(me)', 'true'); end $$;

-- mutant: a key sees sessions | identity::sessions
do $$ begin execute replace(pg_get_functiondef('app.require_session'::regproc),
    '<> ''s''', '= ''x'''); end $$;

-- mutant: a provider speaks for an address of any domain | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.sign_in_connected'::regproc),
    'and d.tenant_id = $1);', ');'); end $$;

-- mutant: an address that the provider disowns is good | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.sign_in_connected'::regproc),
    'coalesce($6, true)', 'true'); end $$;

-- mutant: who is known at another tenant's is linked unasked | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.may_link'::regproc),
    'i.tenant_id <> $2', 'false'); end $$;

-- mutant: who was taken out comes back by the provider | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.why_not_connected'::regproc),
    'm.state <> ''active''', 'false'); end $$;

-- mutant: an address brings along the account of who had it | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.whom_a_connection_means'::regproc),
    'if not known then', 'if true then'); end $$;

-- mutant: a session by a connection opens every tenant | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.sign_in_connected'::regproc),
    'app.open_session(opened, login, $1,', 'app.open_session(opened, login, null,'); end $$;

-- mutant: an owner's role follows the provider | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.admit_connected'::regproc),
    'and r.name = ''owner''', 'and false'); end $$;

-- mutant: a disabled connection keeps its sessions | identity::connections
drop trigger t40_sessions on tenant.connections;

-- mutant: an untested connection is put to use | identity::connections
drop trigger t20_tested on tenant.connections;

-- mutant: enforced, a consumer's session opens it still | identity::enforced
do $$ begin execute replace(pg_get_functiondef('app.enter'::regproc),
    'and c.tenant_id operator(pg_catalog.=) m.tenant_id', ''); end $$;

-- mutant: enforced, who is inside stays | identity::enforced
do $$ begin execute replace(pg_get_functiondef('app.standing_role'::regproc),
    'and c.tenant_id operator(pg_catalog.=) m.tenant_id', ''); end $$;

-- mutant: anybody enforces | identity::enforced
drop trigger t20_sso on platform.tenants;

-- mutant: any member breaks the glass | identity::enforced
do $$ begin execute replace(pg_get_functiondef('app.break_glass'::regproc),
    'and p.permission = ''break_glass.create''', ''); end $$;

-- mutant: an old session breaks the glass | identity::enforced
do $$ begin execute replace(pg_get_functiondef('app.break_glass'::regproc),
    '15 minutes', '15 years'); end $$;

-- mutant: a link is confirmed by another browser | identity::links
do $$ begin execute replace(pg_get_functiondef('app.confirm_link'::regproc),
    'given.browser <> $2', 'false'); end $$;

-- mutant: a link is confirmed by another user | identity::links
do $$ begin execute replace(pg_get_functiondef('app.confirm_link'::regproc),
    'app.holder_of($3) = given.user_id', 'true'); end $$;

-- mutant: a logout token counts again | identity::logout
do $$ begin execute replace(pg_get_functiondef('app.end_at_issuer'::regproc),
    'if not found then', 'if false then'); end $$;
