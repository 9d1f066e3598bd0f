-- Gate: the tenant's state stands in its few roles, not in its many members, or suspending a tenant
-- would take the longer the more people it has.

alter table tenant.roles add column tenant_state text not null default 'active';

-- As their owner, past row level security, and for this transaction only: it would hide the rows
-- that are filled here, and those that the key checks.
alter table platform.tenants no force row level security;
alter table tenant.roles no force row level security;
update tenant.roles r set tenant_state = t.state
from platform.tenants t
where t.id = r.tenant_id and t.state <> 'active';
alter table tenant.roles
    add constraint roles_tenant_state_exists foreign key (tenant_id, tenant_state)
        references platform.tenants (id, state) on update cascade;
alter table platform.tenants force row level security;
alter table tenant.roles force row level security;
comment on column tenant.roles.tenant_state is
    'The tenant''s: filled by trigger, then kept by the foreign key.';
alter table tenant.members drop column tenant_state;

-- Whether scopes narrow it comes first: of all of it, this is read most.
alter table platform.credentials drop column payload;
alter table platform.credentials add column payload text
    generated always as (case when scopes is null then 'a' else 's' end
        || replace(user_id::text || id::text, '-', '')) stored;
comment on column platform.credentials.payload is
    'Its part of a context: sql/functions/context.sql.';
