-- audit.incarnations: declared by the sealer plane, read through its functions.
set local role bulkhead_owner;

grant select, insert on audit.incarnations to bulkhead_definer;

create policy incarnations_definer on audit.incarnations for all to bulkhead_definer
    using (true) with check (true);
