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
create or replace function app.end_all(person uuid, spared uuid, tenant uuid) returns void
    language sql as 'select';

-- mutant: who was taken out comes back as somebody new | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.enrol_by_domain'::regproc),
    'and o.id <> $1', 'and false'); end $$;

-- mutant: a deactivated user is let in | identity::sign_in
do $$ begin execute replace(pg_get_functiondef('app.sign_in'::regproc),
    'and u.state = ''active''', ''); end $$;

-- mutant: a sign-in counts for any browser | identity::browser
do $$ begin execute replace(pg_get_functiondef('app.take_sign_in'::regproc),
    't.browser = take_sign_in.browser', 'true'); end $$;

-- mutant: a use brings an ended session back | identity::sessions
do $$ begin execute regexp_replace(pg_get_functiondef('app.note_credential_use'::regproc),
    'c_?[0-9]*\.idle_until > now\(\)', 'true'); end $$;

-- mutant: a session ends anybody's | identity::sessions
do $$ begin execute replace(pg_get_functiondef('app.end_sessions'::regproc),
    'uuid_send(c.user_id) = uuid_send(me)', 'true'); end $$;

-- mutant: a key sees sessions | identity::sessions
do $$ begin execute replace(pg_get_functiondef('app.require_session'::regproc),
    '<> ''s''', '= ''x'''); end $$;
