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

-- mutant: refusals that anybody may make up | isolation::functions
grant execute on function
    app.tell(uuid, text, text, text, uuid, uuid, text, bigint) to bulkhead_api;

-- mutant: what is counted, readable | isolation::grants
grant select on keystore.tallies to bulkhead_api;

-- mutant: refusals counted and then forgotten | audit::denials
create or replace function app.close_tally(tally keystore.tallies) returns void
    language sql volatile
    begin atomic
        delete from keystore.tallies t where (t.tenant_id, t.actor, t.outcome, t.action)
            = (tally.tenant_id, tally.actor, tally.outcome, tally.action);
    end;

-- mutant: an event for each refusal | audit::denials
alter table keystore.tallies alter column ends_at set default '-infinity';

-- mutant: refusals by any name | audit::forged_denials
create or replace function app.acts() returns setof text
    language sql stable
    return 'document.burn';

-- mutant: a part that passes for the whole history | audit::export
create or replace function app.whole_history() returns uuid
    language sql volatile
    return app.tenant_id();

-- mutant: reads of the history that nobody is told of | audit::sensitive_reads
create or replace function app.told_reads() returns table (act text, permission text)
    language sql stable
    begin atomic
        values ('audit_event.list', 'none'), ('audit_event.read', 'none'),
            ('audit_event.export', 'none'), ('audit_event.tail', 'none'),
            ('audit_event_proof.read', 'none'),
            ('api_key.list', 'api_key.read'), ('api_key.read', 'api_key.read'),
            ('share.list', 'share.read'), ('share.read', 'share.read');
    end;
