-- platform.bearer_tokens: no plane reads which tokens were presented; functions answer from it.
set local role bulkhead_owner;

-- Gone with their sessions.
grant select, insert on platform.bearer_tokens to bulkhead_definer;

create policy bearer_tokens_definer on platform.bearer_tokens for all to bulkhead_definer
    using (true) with check (true);
