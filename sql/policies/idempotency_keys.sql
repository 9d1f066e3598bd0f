-- tenant.idempotency_keys: a credential reads, keeps and drops the answers it was given, and no
-- other of the same person's.
set local role bulkhead_owner;

create policy idempotency_keys_tenancy on tenant.idempotency_keys
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

create policy idempotency_keys_select on tenant.idempotency_keys for select to bulkhead_api
    using (
        user_id = (select app.member_id())
        and credential_id = (select app.credential_id())
    );

-- Not member_id(): the answer to closing the tenant, or to revoking the key in use, is kept too.
create policy idempotency_keys_insert on tenant.idempotency_keys for insert to bulkhead_api
    with check (
        user_id = (select app.user_id())
        and credential_id = (select app.credential_id())
    );

-- An answer is only forgotten once it is a day old: dropping it sooner would double an effect.
create policy idempotency_keys_delete on tenant.idempotency_keys for delete to bulkhead_api
    using (
        user_id = (select app.member_id())
        and credential_id = (select app.credential_id())
        and created_at < now() - interval '24 hours'
    );

grant select, delete on tenant.idempotency_keys to bulkhead_api;
grant insert (tenant_id, credential_id, user_id, key, fingerprint, status, headers, body)
    on tenant.idempotency_keys to bulkhead_api;
grant select (tenant_id, credential_id, key, created_at), update (created_at), delete
    on tenant.idempotency_keys to bulkhead_definer;

-- app.purge_idempotency_keys() removes old answers of every tenant.
create policy idempotency_keys_definer on tenant.idempotency_keys for all to bulkhead_definer
    using (true) with check (true);
