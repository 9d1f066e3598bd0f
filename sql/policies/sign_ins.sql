-- platform.sign_ins: no plane reads what is pending; functions keep it and give it out once.
set local role bulkhead_owner;

-- `for update` asks for the right to update, of any column.
grant select, insert, update (expires_at), delete on platform.sign_ins to bulkhead_definer;

create policy sign_ins_definer on platform.sign_ins for all to bulkhead_definer
    using (true) with check (true);
