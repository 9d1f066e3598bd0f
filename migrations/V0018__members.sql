-- Members: the pseudonym by which the history knows them, where the gate finds it.

-- Past row level security, for this transaction only: it would hide the rows that are filled here.
alter table platform.tenants no force row level security;
alter table platform.users no force row level security;
alter table tenant.members no force row level security;
alter table keystore.pseudonyms no force row level security;
insert into keystore.pseudonyms (tenant_id, user_id)
select tenant_id, user_id from tenant.members
-- Whoever needs one that is not there yet makes it, and others wait for them: so all are there.
union all select '00000000-0000-0000-0000-000000000000', id from platform.users
union all select id, '00000000-0000-0000-0000-000000000000' from platform.tenants
union all select '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'
on conflict do nothing;
alter table tenant.members add column pseudonym uuid;
update tenant.members m set pseudonym = p.pseudonym
from keystore.pseudonyms p
where p.tenant_id = m.tenant_id and p.user_id = m.user_id;
alter table tenant.members alter column pseudonym set not null;
alter table tenant.members add column person text
    generated always as (replace(pseudonym::text, '-', '')) stored;
alter table platform.tenants force row level security;
alter table platform.users force row level security;
alter table tenant.members force row level security;
alter table keystore.pseudonyms force row level security;

comment on column tenant.members.pseudonym is
    'A copy of keystore.pseudonyms, which stays when a member leaves; filled by trigger.';
comment on column tenant.members.person is 'Its part of a context: sql/functions/context.sql.';
