-- Mutants of functions and triggers, broken in ways that some test has to notice: see tables.sql.

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
    return substr(app.context(), 42, 32)::uuid;

-- mutant: scopes are not asked about | isolation::matrix
create or replace function app.tenant_in(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return (select p.tenant_id from tenant.role_permissions p
        where p.tenant_id = app.tenant_id()
            and p.role_id = substr(context, 42, 32)::uuid and p.level = 'tenant'
            and p.permission = $2);
grant select on tenant.role_permissions to bulkhead_api;

-- mutant: every permission held by everybody | isolation::matrix
create or replace function app.tenant_in(context text, permission text) returns uuid
    language sql volatile parallel restricted
    return substr(context, 10, 32)::uuid;

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
