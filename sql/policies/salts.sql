-- keystore.salts: no plane reads them, nor sees their schema; functions of the definer answer.
set local role bulkhead_owner;

create policy salts_tenancy on keystore.salts
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert, delete on keystore.salts to bulkhead_definer;

create policy salts_definer on keystore.salts for all to bulkhead_definer
    using (true) with check (true);
