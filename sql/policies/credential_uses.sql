-- platform.credential_uses: when a credential was last used; seen with the credential, written in
-- batches.
set local role bulkhead_owner;

create policy credential_uses_select on platform.credential_uses for select to bulkhead_api
    using (credential_id in (select c.id from platform.credentials c));

grant select on platform.credential_uses to bulkhead_api;
grant select, insert, update on platform.credential_uses to bulkhead_definer;

-- app.note_credential_use() and the operator's list.
create policy credential_uses_definer on platform.credential_uses for all to bulkhead_definer
    using (true) with check (true);
