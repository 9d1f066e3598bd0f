-- Schema app: functions only, so that a migrate may drop and rebuild all of it in one transaction.
set local role bulkhead_owner;

create schema app authorization bulkhead_owner;

grant usage on schema app
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_identity;
-- Every function belongs to the definer, so that none runs with an owner's rights.
grant usage, create on schema app to bulkhead_definer;
