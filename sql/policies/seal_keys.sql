-- platform.seal_keys: nobody but the definer ever reads a seal key.
set local role bulkhead_owner;

grant select, insert, delete, update (retires_at) on platform.seal_keys to bulkhead_definer;

-- The seal is made and checked, and its keys rotated, by definer functions alone.
create policy seal_keys_definer on platform.seal_keys for all to bulkhead_definer
    using (true) with check (true);
