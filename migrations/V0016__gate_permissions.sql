-- Gate: a member's row says what their role permits tenant-wide, so that the gate reads two tables.
--
-- The foreign key keeps the copy true: whoever changes a role changes it in the same statement.

alter table tenant.roles add constraint roles_tenant_permissions_unique
    unique (tenant_id, id, tenant_permissions);
alter table tenant.members add column tenant_permissions text not null default '';

-- As their owner, past row level security and only for this transaction.
alter table tenant.roles no force row level security;
alter table tenant.members no force row level security;
update tenant.members m set tenant_permissions = r.tenant_permissions
from tenant.roles r
where r.tenant_id = m.tenant_id and r.id = m.role_id;
alter table tenant.roles force row level security;
alter table tenant.members force row level security;

alter table tenant.members drop constraint members_role_id_exists;
alter table tenant.members
    add constraint members_role_id_exists
        foreign key (tenant_id, role_id, tenant_permissions)
        references tenant.roles (tenant_id, id, tenant_permissions) on update cascade;

comment on column tenant.members.tenant_permissions is
    'The role''s: filled by trigger, then kept by the foreign key.';

-- Whether scopes narrow it comes first: of all of it, this is read most.
alter table platform.credentials drop column payload;
alter table platform.credentials add column payload text
    generated always as (case when scopes is null then 'a' else 's' end
        || replace(user_id::text || id::text, '-', '')) stored;
comment on column platform.credentials.payload is
    'Its part of a context: sql/functions/context.sql.';
