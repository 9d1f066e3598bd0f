-- Who answers for a directory's token, and reads of invitations that many expired ones do not slow.

-- Nobody answers for one that is there already: it is refused until it gets another token.
alter table tenant.scim_directories add column answered_by uuid;

comment on column tenant.scim_directories.answered_by is
    'Who made its token. It opens something only while they could give what the directory gives.';

drop index tenant.invitations_email;
-- Led by no tenant, for whoever is invited and in none; lower() is not leakproof, so no plane's
-- query reaches it.
create index invitations_email on tenant.invitations (lower(email collate "C"), expires_at)
    where state = 'pending';
create index invitations_expires_at on tenant.invitations (tenant_id, expires_at)
    where state = 'pending';
