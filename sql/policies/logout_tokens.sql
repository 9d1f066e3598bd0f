-- platform.logout_tokens: no plane reads which have counted; a function remembers them.
set local role bulkhead_owner;

-- `for update` asks for the right to update, of any column.
grant select, insert, update (expires_at), delete on platform.logout_tokens to bulkhead_definer;

create policy logout_tokens_definer on platform.logout_tokens for all to bulkhead_definer
    using (true) with check (true);
