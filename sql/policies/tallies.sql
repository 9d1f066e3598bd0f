-- keystore.tallies: no plane reads what is not told yet; functions of the definer count and tell.
set local role bulkhead_owner;

create policy tallies_tenancy on keystore.tallies
    as restrictive for all
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity
    using (tenant_id = any (array[(select app.tenant_id())]))
    with check (tenant_id = any (array[(select app.tenant_id())]));

grant select, insert, update, delete on keystore.tallies to bulkhead_definer;

create policy tallies_definer on keystore.tallies for all to bulkhead_definer
    using (true) with check (true);
