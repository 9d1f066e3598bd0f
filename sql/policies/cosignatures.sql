-- audit.cosignatures: functions of the sealer alone.
set local role bulkhead_owner;

grant select, insert on audit.cosignatures to bulkhead_definer;

create policy cosignatures_definer on audit.cosignatures for all to bulkhead_definer
    using (true) with check (true);
