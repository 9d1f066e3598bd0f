-- platform.identities: no plane reads by which logins people are known; functions answer from it.
set local role bulkhead_owner;

grant select, insert, update (email, email_verified), delete on platform.identities
    to bulkhead_definer;

create policy identities_definer on platform.identities for all to bulkhead_definer
    using (true) with check (true);
