-- platform.users: no plane reads the global table of humans; functions answer from it.
set local role bulkhead_owner;

grant select, insert, update (state, staff, display_name, canonical_subject) on platform.users
    to bulkhead_definer;

-- The gate checks a user's state; joining a tenant finds or makes the user.
create policy users_definer on platform.users for all to bulkhead_definer
    using (true) with check (true);
