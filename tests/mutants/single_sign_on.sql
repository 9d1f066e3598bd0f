-- Mutants of a tenant's own sign-in: see tables.sql. Most change a word of a function.

-- mutant: a provider speaks for an address of any domain | identity::linking
create or replace function app.owns_address(tenant uuid, email text) returns boolean
    language sql as
    'select exists (select from platform.domains d where d.name = app.domain_of($2))';

-- mutant: an address that the provider disowns is good | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.sign_in_connected'::regproc),
    'coalesce($6, false)', 'true'); end $$;

-- mutant: who is known at another tenant's is linked unasked | identity::linking
create or replace function app.known_elsewhere(tenant uuid, person uuid, own_only boolean)
    returns boolean language sql as 'select false';

-- mutant: who was taken out comes back by the provider | identity::admitted
do $$ begin execute regexp_replace(pg_get_functiondef('app.why_not_connected'::regproc),
    'm\.state <> ''active''(::text)?', 'false'); end $$;

-- mutant: an address brings along the account of who had it | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.whom_a_connection_means'::regproc),
    'if not known then', 'if true then'); end $$;

-- mutant: a session by a connection opens every tenant | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.sign_in_connected'::regproc),
    'app.open_session(opened, login, $1, $2', 'app.open_session(opened, login, null, null');
end $$;

-- mutant: an owner's role follows the provider | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.admit_connected'::regproc),
    'and r.name = ''owner''', 'and false'); end $$;

-- mutant: a disabled connection keeps its sessions | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.enter'::regproc),
    'and (c.connection_id is null or n.state operator(pg_catalog.=) ''active'')', ''); end $$;

-- mutant: an untested connection is put to use | identity::connecting
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

-- mutant: a rule that is removed leaves its role | identity::connections
do $$ begin execute replace(pg_get_functiondef('app.admit_connected'::regproc),
    'm.role_id = m.given_role_id', 'false'); end $$;

-- mutant: who connects a provider becomes anybody by it | identity::linking
create or replace function app.within_activator(place tenant.connections, person uuid)
    returns boolean language sql as 'select true';

-- mutant: a secret goes along to another issuer | identity::connecting
do $$ begin execute replace(pg_get_functiondef('app.keep_tested'::regproc),
    'new.client_secret := null', 'new.client_secret := old.client_secret'); end $$;

-- mutant: whoever may set a connection puts any rule to use | identity::connecting
do $$ begin execute replace(pg_get_functiondef('app.keep_tested'::regproc),
    'app.tenant_id() is not null and exists', 'false and exists'); end $$;

-- mutant: a break-glass session mints keys | identity::enforced
do $$ begin execute regexp_replace(pg_get_functiondef('app.may_mint'::regproc),
    '''break-glass''', '''none'''); end $$;

-- mutant: a key lifts what is enforced | identity::enforced
do $$ begin execute replace(pg_get_functiondef('app.check_sso'::regproc),
    'not found or', 'false or'); end $$;
