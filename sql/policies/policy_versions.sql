-- audit.policy_versions: what the policies said, for whoever may read the history.
set local role bulkhead_owner;

create policy policy_versions_select on audit.policy_versions for select to bulkhead_api
    using ((select app.holds('audit.read')));

grant select on audit.policy_versions to bulkhead_api;
grant select, insert on audit.policy_versions to bulkhead_definer;

create policy policy_versions_definer on audit.policy_versions for all to bulkhead_definer
    using (true) with check (true);
