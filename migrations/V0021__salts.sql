-- Salts: what opens the commitments, apart from all it opens: it can be another database.

create table keystore.salts (
    tenant_id uuid not null,
    person uuid not null,
    salt bytea not null default sha256(uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    primary key (tenant_id, person),
    constraint salts_salt_length check (octet_length(salt) = 32)
);

comment on table keystore.salts is
    'A salt of each person in each tenant. Without it nobody can guess what was committed to.';
comment on column keystore.salts.salt is 'Random octets.';
comment on column keystore.salts.person is 'Their pseudonym.';

alter table keystore.pseudonyms no force row level security;
insert into keystore.salts (tenant_id, person, salt)
select tenant_id, pseudonym, salt from keystore.pseudonyms;
alter table keystore.pseudonyms force row level security;
alter table keystore.pseudonyms drop column salt;
comment on table keystore.pseudonyms is 'Who a pseudonym is. Gone with the person.';

alter table keystore.salts enable row level security;
alter table keystore.salts force row level security;
