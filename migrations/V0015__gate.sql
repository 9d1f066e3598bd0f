-- Gate: what it writes into a context stands ready in the rows it reads, as it will be worn.
--
-- It reads these in every transaction, where each expression it need not evaluate counts.

alter table tenant.roles add column tenant_permissions text not null default '';
alter table tenant.members add column payload text
    generated always as (replace(tenant_id::text || role_id::text, '-', '')) stored;
alter table platform.credentials add column payload text
    generated always as (replace(user_id::text || id::text, '-', '')
        || case when scopes is null then 'a' else 's' end) stored;

comment on column tenant.roles.tenant_permissions is
    'What tenant.role_permissions says at level tenant, kept by trigger: `,role_read,team_read,`.';
comment on column tenant.members.payload is 'Their part of a context: sql/functions/context.sql.';
comment on column platform.credentials.payload is
    'Its part of a context: sql/functions/context.sql.';
