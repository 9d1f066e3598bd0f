-- audit.anchorings: functions of the sealer alone.
set local role bulkhead_owner;

grant select, insert on audit.anchorings to bulkhead_definer;

create policy anchorings_definer on audit.anchorings for all to bulkhead_definer
    using (true) with check (true);
