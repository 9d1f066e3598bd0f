-- platform.link_proofs: no plane reads what somebody is about to confirm; functions keep it and use
-- it once.
set local role bulkhead_owner;

-- `for update` asks for the right to update, of any column.
grant select, insert, update (expires_at), delete on platform.link_proofs to bulkhead_definer;

create policy link_proofs_definer on platform.link_proofs for all to bulkhead_definer
    using (true) with check (true);
