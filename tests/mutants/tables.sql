-- Mutants of tables: policies, grants and keys broken in ways that some test has to notice.
--
-- scripts/mutants applies one at a time and runs the tests named behind the bar. A mutant that none
-- of them notices has survived, and the proof has a hole.

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
