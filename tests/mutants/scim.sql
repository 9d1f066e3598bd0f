-- Mutants of provisioning: see tables.sql. Most change a word of a function.

-- mutant: a directory's user of another tenant is there | scim::lists
do $$ begin execute replace(replace(pg_get_functiondef('app.scim_user_of'::regproc),
    'su.tenant_id = dir.tenant_id and su.directory_id = dir.id and', ''), 'for update', ''); end $$;

-- mutant: a directory's group of another directory is there | scim::lists
do $$ begin execute replace(pg_get_functiondef('app.scim_group_of'::regproc),
    'g.tenant_id = dir.tenant_id and g.directory_id = dir.id and', ''); end $$;

-- mutant: a list shows every directory's users | scim::lists
do $$ begin execute replace(pg_get_functiondef('app.scim_list_users'::regproc),
    'and su.directory_id = dir.id', ''); end $$;

-- mutant: a name finds every directory's users | scim::lists
do $$ begin execute replace(pg_get_functiondef('app.scim_find_user'::regproc),
    'and su.directory_id = dir.id', ''); end $$;

-- mutant: a disabled directory is let in | scim::tokens
do $$ begin execute replace(pg_get_functiondef('app.admit_directory'::regproc),
    'and d.state = ''active''', ''); end $$;

-- mutant: a token lasts for ever | scim::tokens
do $$ begin execute replace(pg_get_functiondef('app.admit_directory'::regproc),
    'and d.expires_at > now()', ''); end $$;

-- mutant: a suspended tenant is provisioned | scim::tokens
do $$ begin execute replace(pg_get_functiondef('app.admit_directory'::regproc),
    'standing <> ''active''', 'false'); end $$;

-- mutant: a directory speaks for whoever speaks already | scim::tokens
do $$ begin execute replace(pg_get_functiondef('app.admit_directory'::regproc),
    'app.context() is not null', 'false'); end $$;

-- mutant: an address is anybody's who has it | scim::adoption
do $$ begin execute replace(pg_get_functiondef('app.person_of_directory'::regproc),
    'where ours and', 'where'); end $$;

-- mutant: another tenant's person is taken over | scim::adoption
do $$ begin execute replace(pg_get_functiondef('app.person_of_directory'::regproc),
    'and not app.known_elsewhere(dir.tenant_id, known, false)', ''); end $$;

-- mutant: a sign-in is believed for a member of no domain of ours | scim::adoption
create or replace function app.owns_address(tenant uuid, email text) returns boolean
    language sql stable as 'select $2 is not null';

-- mutant: keys outlive the deactivation | scim::people
create or replace function app.end_bound(tenant uuid, person uuid) returns void
    language sql volatile as '';

-- mutant: a directory lets in whom an admin shut out | scim::people
do $$ begin execute replace(pg_get_functiondef('app.set_provisioned'::regproc),
    'elsif su.blocked then', 'else'); end $$;

-- mutant: an admin's word does not end a directory's | scim::people
drop trigger t40_scim_blocked on tenant.members;

-- mutant: who was shut out comes back as somebody new | scim::people
do $$ begin execute replace(pg_get_functiondef('app.scim_delete_user'::regproc),
    'meant.state = ''deactivated'' and not su.blocked or', ''); end $$;

-- mutant: a conflict keeps somebody in | scim::people
do $$ begin execute replace(pg_get_functiondef('app.scim_write_user'::regproc),
    'if coalesce($7, true) then', 'if true then'); end $$;

-- mutant: a group gives more than its setter holds | scim::roles
create or replace function app.require_provisionable(roles uuid[], code text) returns void
    language sql as '';
alter policy scim_groups_update on tenant.scim_groups with check (true);

-- mutant: a group takes a role that was given by hand | scim::roles
do $$ begin execute replace(pg_get_functiondef('app.settle_role'::regproc),
    'and m.role_id = su.role_id', ''); end $$;

-- mutant: a directory makes owners | scim::directories scim::roles
do $$ begin execute replace(pg_get_functiondef('app.provisionable_roles'::regproc),
    'r.name = ''owner''', 'r.name = ''nobody'''); end $$;

-- mutant: a token for whoever may rotate, whatever it gives | scim::directories
do $$ begin execute replace(pg_get_functiondef('app.rotate_scim_token'::regproc),
    'select app.assignable_roles()', 'select r.id from tenant.roles r'); end $$;

-- mutant: a directory of any role | scim::directories
alter policy scim_directories_insert on tenant.scim_directories with check (true);

-- mutant: any number of directories | scim::directories
drop trigger t30_limit on tenant.scim_directories;

-- mutant: anybody's user gets into a group | scim::groups
do $$ begin execute replace(pg_get_functiondef('app.scim_join'::regproc),
    'and su.directory_id = grp.directory_id', ''); end $$;

-- mutant: everybody sees whom a directory provisioned | isolation::grants
grant select on tenant.scim_users to bulkhead_api;

-- mutant: what could not be stored is kept as it was, also who is active | scim::active
do $$ begin execute replace(pg_get_functiondef('app.scim_write_user'::regproc),
    'o.resource || jsonb_build_object(''active'', stays)', 'o.resource');
end $$;

-- mutant: a page of groups has as many members as they have | scim::groups
do $$ begin execute replace(pg_get_functiondef('app.scim_list_groups'::regproc),
    'left join counted p on p.fits', 'left join counted p on true'); end $$;
