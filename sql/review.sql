-- Schema review: what a reviewer at psql asks. Functions only, and rebuilt like schema app.
set local role bulkhead_owner;

create schema review authorization bulkhead_owner;
comment on schema review is 'Questions for reviewers: isolation and history, in plain SQL.';

grant usage on schema review to bulkhead_control, bulkhead_compliance;
grant usage, create on schema review to bulkhead_definer;
