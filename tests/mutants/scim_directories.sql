-- Mutants of what a directory may: see tables.sql. Most change a word of a function.

-- mutant: a token for whoever may rotate, whatever its teams have | scim::directories
do $$ begin execute replace(pg_get_functiondef('app.rotate_scim_token'::regproc),
    'not app.may_join(g.team_id)', 'false'); end $$;

-- mutant: a directory that is off waits for a stronger role | scim::directories
drop trigger t20_role on tenant.scim_directories;

-- mutant: a token outlives its maker | scim::answered
create or replace function app.answers_for(tenant uuid, person uuid, directory uuid, role uuid)
    returns boolean language sql stable as 'select true';

-- mutant: a token gives what its maker could not | scim::answered
create or replace function app.answers_for(tenant uuid, person uuid, directory uuid, role uuid)
    returns boolean language sql stable as $$
    select exists (
        select from app.permissions_of($1, $2) as p (permission)
        where p.permission in ('scim_directory.create', 'scim_directory.update')) $$;

-- mutant: a directory ends whoever it finds | scim::answered
do $$ begin execute replace(pg_get_functiondef('app.lock_within_reach'::regproc),
    'app.could_give(d.tenant_id, d.answered_by, meant.role_id)', 'true'); end $$;

-- mutant: who was refused an end has lost their keys | scim::people
do $$ begin execute replace(pg_get_functiondef('app.set_provisioned'::regproc),
    'perform app.lock_within_reach(su);',
    'perform app.lock_within_reach(su); perform app.end_bound(su.tenant_id, su.user_id);');
end $$;

-- mutant: whoever is let in is not waited for | scim::races
do $$ begin execute replace(pg_get_functiondef('app.lock_within_reach'::regproc),
    'for update', ''); end $$;

-- mutant: groups are left at once | scim::races
do $$ begin execute replace(pg_get_functiondef('app.settle_role'::regproc),
    'for no key update', ''); end $$;

-- mutant: a directory forgets that somebody was given another role | scim::roles
do $$ begin execute replace(pg_get_functiondef('app.settle_role'::regproc),
    'if found then', 'if true then'); end $$;

-- mutant: a team takes what its remover could not | scim::roles
do $$ begin execute replace(pg_get_functiondef('app.settle_role'::regproc),
    'perform app.require_provisionable', 'perform'); end $$;

-- mutant: anybody leaves a directory's team | scim::groups
drop trigger t20_provisioned on tenant.team_members;

-- mutant: an admin fills a directory's team | scim::groups
drop trigger t30_provisioned on tenant.team_members;

-- mutant: one directory says whom another means | scim::meant
do $$ begin execute replace(pg_get_functiondef('app.person_of_directory'::regproc),
    'and su.joined', 'and false'); end $$;

-- mutant: a directory calls a member by a login | scim::meant
do $$ begin execute replace(replace(pg_get_functiondef('app.scim_user_for'::regproc),
    'WHEN su.made THEN', 'WHEN true THEN'), 'su.made AND (su.external', 'true AND (su.external');
end $$;

-- mutant: who is known already comes by another subject | scim::meant
create or replace function app.known_at(tenant uuid, connection uuid, person uuid)
    returns boolean language sql stable as 'select false';

-- mutant: a sign-in finds whoever can do more | scim::meant
create or replace function app.could_give(tenant uuid, person uuid, role uuid)
    returns boolean language sql stable as 'select true';

-- mutant: any number of users | scim::limits
drop trigger t30_limit on tenant.scim_users;

-- mutant: an address not verified finds whom a directory provisioned | identity::linking
do $$ begin execute replace(pg_get_functiondef('app.whom_a_connection_means'::regproc),
    'case when $3 then $2 end, $6', '$2, $6'); end $$;
