-- Mutants: ways to break the isolation of a database, each of which some test has to notice.
--
-- scripts/mutants applies one at a time and runs the tests named by it. A mutant that none of them
-- notices has survived, and the proof has a hole.

-- mutant: row security not forced | isolation::policies
alter event trigger bulkhead_tenant_tables disable;
alter table tenant.documents no force row level security;

-- mutant: row security off | isolation::policies
alter event trigger bulkhead_tenant_tables disable;
alter table tenant.shares disable row level security;

-- mutant: no tenancy policy | isolation::policies
drop policy documents_tenancy on tenant.documents;

-- mutant: a tenancy policy that admits all | isolation::policies
alter policy teams_tenancy on tenant.teams using (true) with check (true);

-- mutant: a tenancy policy for reading only | isolation::policies
drop policy documents_tenancy on tenant.documents;
create policy documents_tenancy on tenant.documents as restrictive for select
    using (tenant_id = any (array[(select app.tenant_id())]));

-- mutant: a tenancy policy that admits rows it is not asked about | isolation::policies
alter policy documents_tenancy on tenant.documents
    using (tenant_id = app.tenant_id() or app.tenant_id() is null);

-- mutant: a tenancy policy that is met too late | isolation::order
alter policy documents_tenancy on tenant.documents using (tenant_id = (select app.tenant_id()));

-- mutant: a tenancy policy that one plane is not held by | isolation::policies
alter policy documents_tenancy on tenant.documents to bulkhead_api;

-- mutant: a stray policy that admits all | isolation::policies
create policy stray on tenant.documents for select to bulkhead_api using (true);

-- mutant: every document readable in the tenant | isolation::matrix
alter policy documents_select on tenant.documents using (true);

-- mutant: a context asked about at each row | isolation::policies
alter policy documents_select on tenant.documents
    using (tenant_id = app.tenant_with('document.read'));

-- mutant: TRUNCATE granted | isolation::grants
grant truncate on tenant.documents to bulkhead_api;

-- mutant: REFERENCES granted | isolation::grants
grant references on tenant.documents to bulkhead_worker;

-- mutant: TRIGGER granted | isolation::grants
grant trigger on tenant.documents to bulkhead_api;

-- mutant: the hashes of credentials readable | isolation::grants
grant select (hash) on platform.credentials to bulkhead_api;

-- mutant: a row may change its tenant | isolation::grants
grant update (tenant_id) on tenant.documents to bulkhead_api;

-- mutant: a foreign key that does not pair the tenant | isolation::keys
alter table tenant.workspaces add constraint workspaces_id_unique unique (id);
alter table tenant.documents drop constraint documents_workspace_id_exists,
    add constraint documents_workspace_id_exists foreign key (workspace_id)
        references tenant.workspaces (id) on delete cascade;

-- mutant: a name unique for all tenants | isolation::keys isolation::oracles
create unique index teams_name_everywhere on tenant.teams (lower(name)) where name like 'taken%';

-- mutant: an immutable answer about the context | isolation::functions
alter function app.tenant_id() immutable;

-- mutant: an immutable context | isolation::functions
alter function app.context() immutable;

-- mutant: a leakproof function | isolation::functions
alter function app.tenant_id() leakproof;

-- mutant: a definer without a search_path | isolation::functions
alter function app.my_teams() reset search_path;

-- mutant: a definer that belongs to a superuser | isolation::functions
alter function app.my_teams() owner to postgres;

-- mutant: a function that believes its arguments, for everybody | gate::escape
grant execute on function app.find_or_create_user(text, text) to public;

-- mutant: anybody may put on a context | gate::escape gate::parameter
grant execute on function app.wear(text) to public;

-- mutant: a role once held is held for good | gate::liveness
create or replace function app.standing_role(permission text) returns uuid
    language sql stable parallel restricted security definer set search_path = ''
    return substr(app.context(), 33, 32)::uuid;

-- mutant: scopes are not asked about | isolation::matrix
create or replace function app.tenant_in(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return (select p.tenant_id from tenant.role_permissions p
        where p.tenant_id = app.tenant_id()
            and p.role_id = substr(context, 33, 32)::uuid and p.level = 'tenant'
            and p.permission = $2);
grant select on tenant.role_permissions to bulkhead_api;

-- mutant: every permission held by everybody | isolation::matrix
create or replace function app.tenant_in(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return left(context, 32)::uuid;

-- mutant: a right of one tenant opens rows of another | gate::parameter
alter policy documents_select on tenant.documents
    using ((select app.holds('document.read')));

-- mutant: anybody may be let into any team | rbac::above_own rbac::lending
create or replace function app.may_join(team uuid) returns boolean
    language sql volatile parallel restricted security definer set search_path = ''
    return true;

-- mutant: anything may be shared for ever | rbac::lending
create or replace function app.may_share(
        workspace uuid, document uuid, access text, until timestamptz) returns boolean
    language sql stable parallel restricted security definer set search_path = ''
    return true;

-- mutant: any role may be given in a workspace | rbac::above_own rbac::lending
create or replace function app.may_assign(workspace uuid, role uuid) returns boolean
    language sql stable parallel restricted security definer set search_path = ''
    return true;

-- mutant: any role may be given in the tenant | rbac::above_own
create or replace function app.assignable_roles() returns setof uuid
    language sql stable parallel restricted security definer set search_path = ''
    begin atomic select r.id from tenant.roles r where r.tenant_id = app.tenant_id(); end;

-- mutant: documents move to wherever | rbac::outsiders
drop trigger t30_move on tenant.documents;

-- mutant: the last owner may go | rbac::last_owner
drop trigger t30_last_owner on tenant.members;

-- mutant: a role's name found in every tenant | isolation::interference::statements
create or replace function app.role_named(name text) returns uuid
    language sql stable security definer set search_path = ''
    begin atomic select r.id from tenant.roles r where r.name = $1 order by r.id limit 1; end;

-- mutant: a view past the policies | isolation::grants isolation::matrix
alter event trigger bulkhead_tenant_tables disable;
create view tenant.all_documents as select * from tenant.documents;
grant select on tenant.all_documents to bulkhead_api;

-- mutant: members made past the function that checks | isolation::grants
grant insert on tenant.members to bulkhead_api;

-- mutant: a second policy that widens the first | isolation::policies
create policy documents_update_more on tenant.documents for update to bulkhead_api
    using (created_by = (select app.user_id()));

-- mutant: the answers given to another credential | isolation::matrix
alter policy idempotency_keys_select on tenant.idempotency_keys using (true);
