-- Members: the pseudonym by which the history knows them, where the gate finds it.

-- Past row level security, for this transaction only: it would hide the rows that are filled here.
alter table tenant.members no force row level security;
alter table keystore.pseudonyms no force row level security;
insert into keystore.pseudonyms (tenant_id, user_id)
select tenant_id, user_id from tenant.members
on conflict do nothing;
alter table tenant.members add column pseudonym uuid;
update tenant.members m set pseudonym = p.pseudonym
from keystore.pseudonyms p
where p.tenant_id = m.tenant_id and p.user_id = m.user_id;
alter table tenant.members alter column pseudonym set not null;
alter table tenant.members add column person text
    generated always as (replace(pseudonym::text, '-', '')) stored;
alter table tenant.members force row level security;
alter table keystore.pseudonyms force row level security;

comment on column tenant.members.pseudonym is
    'A copy of keystore.pseudonyms, which stays when a member leaves; filled by trigger.';
comment on column tenant.members.person is 'Its part of a context: sql/functions/context.sql.';
