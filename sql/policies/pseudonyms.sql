-- keystore.pseudonyms: no plane reads it, nor sees its schema; functions of the definer answer.
set local role bulkhead_owner;

create policy pseudonyms_tenancy on keystore.pseudonyms
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, delete on keystore.pseudonyms to bulkhead_definer;
grant insert (tenant_id, user_id) on keystore.pseudonyms to bulkhead_definer;

create policy pseudonyms_definer on keystore.pseudonyms for all to bulkhead_definer
    using (true) with check (true);
