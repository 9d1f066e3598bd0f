-- audit.progress: functions of the sealer alone.
set local role bulkhead_owner;

grant select, update on audit.progress to bulkhead_definer;

create policy progress_definer on audit.progress for all to bulkhead_definer
    using (true) with check (true);
