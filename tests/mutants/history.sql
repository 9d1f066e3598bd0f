-- Mutants of the history: changes left untold, events that change or that the wrong people read.

-- mutant: events that may be changed | audit::append_only
alter table audit.events disable trigger t10_append_only;

-- mutant: events that a replica may change | audit::append_only
alter table audit.events enable trigger t10_append_only;

-- mutant: a partition that can be emptied | audit::append_only
do $$ begin
    execute format('drop trigger t10_not_emptied on audit.events_%s',
        to_char(now() at time zone 'UTC', 'YYYY_MM'));
end $$;

-- mutant: events granted for changing | audit::append_only isolation::grants
grant update on audit.events to bulkhead_api;

-- mutant: counters of everybody readable | audit::append_only isolation::grants
grant select (xid, seq) on audit.events to bulkhead_api;

-- mutant: whose a pseudonym is, readable | isolation::grants
grant select on keystore.pseudonyms to bulkhead_compliance;

-- mutant: a table whose changes are not told | audit::events
drop trigger t90_audit on tenant.documents;

-- mutant: the history open to the whole tenant | audit::readers isolation::matrix
alter policy events_select on audit.events using (true);

-- mutant: values open to the whole tenant | isolation::matrix
alter policy event_pii_select on audit.event_pii using (true);

-- mutant: the history open across tenants | isolation::matrix
drop policy events_tenancy on audit.events;
alter policy events_select on audit.events using (true);

-- mutant: a narrow key reads its owner's acts | audit::readers
create or replace function app.own_pseudonym() returns uuid
    language sql stable return app.pseudonym();

-- mutant: another policy named as in force | audit::events
create or replace function app.policy_version() returns bytea
    language sql immutable return '\x00'::bytea;

-- mutant: a person named instead of a pseudonym | audit::events
create or replace function app.pseudonym_of(here uuid, person uuid) returns uuid
    language sql volatile return $2;
