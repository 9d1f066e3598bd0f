-- Reference data, brought up to date last, when the policies that admit it stand.
set local role bulkhead_owner;

select app.sync_permissions();
select app.ensure_seal_key();
