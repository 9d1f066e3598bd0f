-- Mutants of who is brought along, whom a directory is told of, and bearer tokens: see tables.sql.

-- mutant: any number of bearer tokens | identity::bearer::refused
do $$ begin execute replace(pg_get_functiondef('app.bearer_session'::regproc),
    '>= 50', '>= 5000'); end $$;

-- mutant: a bearer token that is over opens a session | identity::bearer::refused
do $$ begin execute replace(pg_get_functiondef('app.bearer_session'::regproc),
    '$8 <= now()', 'false'); end $$;

-- mutant: a bearer token lives as long as it likes | identity::bearer::refused
do $$ begin execute replace(pg_get_functiondef('app.bearer_session'::regproc),
    '$8 > now() + $9', 'false'); end $$;

-- mutant: a bearer token that is good is purged | identity::bearer::refused
do $$ begin execute replace(pg_get_functiondef('app.purge_bearer_tokens'::regproc),
    'b.expires_at < now() - interval ''1 hour''', 'true'); end $$;

-- mutant: the API plane says that a bearer token is good | identity::bearer::admitted
grant execute on function app.bearer_session(text, text, text, boolean, text, bytea, bytea,
    timestamptz, interval, text[]) to bulkhead_api;

-- mutant: a bearer token with another signature is another | identity::bearer::ended
do $$ begin execute replace(replace(pg_get_functiondef('app.bearer_session'::regproc),
    'where b.signed = $7', 'where c.hash = $6'), 'values ($7,', 'values (sha256($6),'); end $$;

-- mutant: whom somebody tells the directory of is anybody's | directory::queue
do $$ begin execute replace(pg_get_functiondef('app.take_directory_tasks'::regproc),
    '(now() + take_directory_tasks.lease)', 'now()'); end $$;

-- mutant: the directory makes anybody anything | directory::queue
do $$ begin execute replace(pg_get_functiondef('app.directory_knows'::regproc),
    'exists (select from platform.directory_tasks d where d.user_id = $1)', 'true'); end $$;

-- mutant: the directory is told again of whom it knows | directory::queue
do $$ begin execute replace(pg_get_functiondef('app.enqueue_canonical'::regproc),
    '(u.canonical_subject IS NULL)', 'true'); end $$;

-- mutant: the directory is asked without end | directory::failures
do $$ begin execute replace(pg_get_functiondef('app.directory_failed'::regproc),
    '(d.attempts >= 30)', 'false'); end $$;

-- mutant: an address that is brought along is proven | identity::imported
do $$ begin execute replace(pg_get_functiondef('app.import_user'::regproc),
    '(said ->> ''email_verified'')::boolean', 'true'); end $$;

-- mutant: an address that is brought along folds to another's | identity::imported
do $$ begin execute replace(pg_get_functiondef('app.import_user'::regproc),
    'address ~ ''^[!-?A-~]+@[A-Za-z0-9.-]+$'' collate "C"', 'true'); end $$;

-- mutant: who is brought along takes over who has come | commands::import
do $$ begin execute replace(pg_get_functiondef('app.import_user'::regproc),
    'exists (select from platform.identities i where i.user_id = who)', 'false'); end $$;

-- mutant: who is brought along is several users | commands::import
do $$ begin execute replace(pg_get_functiondef('app.import_user'::regproc),
    'cardinality(found_here) > 1', 'false'); end $$;

-- mutant: who is brought along becomes another in the directory | commands::import
do $$ begin execute replace(pg_get_functiondef('app.set_canonical'::regproc),
    'if known <> $2 then', 'if false then'); end $$;

-- mutant: a dry run brings along | commands::import
do $$ begin execute replace(pg_get_functiondef('app.import_users'::regproc),
    'if $3 then', 'if false then'); end $$;
