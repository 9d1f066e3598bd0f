-- Of what keeps the history, and what may go of it.

-- mutant: a guard that lets everything be dropped | schema::guarded
create or replace function bulkhead_guard.watch_drops() returns event_trigger
    language plpgsql as $$ begin null; end $$;

-- mutant: a guard that lets everything be changed | schema::guarded
create or replace function bulkhead_guard.watch_changes() returns event_trigger
    language plpgsql as $$ begin null; end $$;

-- mutant: an audited table that can be emptied | schema::guarded
drop trigger t90_audit_truncate on tenant.shares;

-- mutant: an erasure that leaves the salt | ledger::erasure
create or replace function app.destroy_salts(tenant uuid, persons uuid[]) returns void
    language sql volatile as '';
create or replace function app.sweep_erased(tenant uuid) returns table (settled boolean)
    language sql volatile as 'select true';

-- mutant: an erasure that any plane may ask for | ledger::erasure
grant execute on function app.erase_history(uuid, uuid) to bulkhead_api;

-- mutant: an expiry of what is nowhere proven | ledger::expiry
create or replace function app.unexpirable(before timestamptz)
    returns table (tenant_id uuid, event_id uuid, problem text)
    language sql stable as 'select null::uuid, null::uuid, null::text where false';

-- mutant: leaves that expired because anybody says so | ledger::expiry
create or replace function app.expired_leaves(tenant uuid, size bigint)
    returns table (first bigint, last bigint)
    language sql stable security definer as 'select 0::bigint, 1000000::bigint';

-- mutant: an expiry that takes what the history tells of itself | ledger::expiry
create or replace function app.empty_months(before timestamptz) returns void
    language plpgsql as $$ begin
        perform set_config('role', 'none', true);
        alter table audit.events_2026_03 disable trigger t10_not_emptied;
        alter table audit.event_pii_2026_03 disable trigger t10_not_emptied;
        truncate audit.events_2026_03, audit.event_pii_2026_03;
        alter table audit.events_2026_03 enable always trigger t10_not_emptied;
        alter table audit.event_pii_2026_03 enable always trigger t10_not_emptied;
    end $$;

-- mutant: an expiry beside which others write | ledger::expiry_races
create or replace function app.close_months(before timestamptz) returns void
    language sql volatile as '';

-- mutant: a lag that passes over what has never worked | ledger::buckets
create or replace function app.seal_lag(anchors text[])
    returns table (seconds double precision, pids integer[], unanchored double precision)
    language sql volatile as 'select 0::float8, null::integer[], 0::float8';

-- mutant: cosignatures that are not kept | ledger::witnesses
create or replace function app.cosigned(anchor text, epoch bigint, note text) returns void
    language sql volatile as '';

-- mutant: counts that wait for whoever holds one | audit::held_denials
create or replace function app.free_tally(here uuid, who uuid, result text, act text)
    returns keystore.tallies
    language plpgsql as $$
    declare
        tally keystore.tallies;
    begin
        select t.* into tally from keystore.tallies t
        where (t.tenant_id, t.actor, t.outcome, t.action) = (here, who, result, act)
        order by t.lane limit 1 for update;
        if tally.lane is null then
            insert into keystore.tallies as t (tenant_id, actor, outcome, action)
            values (here, who, result, act) returning t.* into tally;
        end if;
        return tally;
    end $$;

-- mutant: details that are always what was committed to | ledger::expiry_details ledger::tampering
create or replace function app.is_committed(commitments bytea, person uuid, event uuid, salt bytea,
    content text) returns boolean
    language sql stable as 'select true';

-- mutant: webhooks that get another tenant's checkpoint | ledger::webhooks
create or replace function app.signed_head(tenant uuid) returns table (size bigint, note text)
    language sql stable as '
        select t.head_size, (
            select c.note from audit.checkpoints c order by c.epoch desc, c.tenant_id limit 1)
        from audit.trees t where t.tenant_id = $1';

-- mutant: checkpoints that are sent whatever became of the last one | ledger::webhooks
create or replace function app.checkpoint_not_delivered(tenant uuid, webhook uuid) returns void
    language sql volatile security definer as '
        update tenant.audit_webhook_deliveries d set next_at = now() + interval ''3 s''
        where d.tenant_id = $1 and d.webhook_id = $2';

-- mutant: a tenant with as many webhooks as it likes | audit::webhooks
alter table tenant.audit_webhooks drop constraint audit_webhooks_place_range;
create or replace function app.audit_webhook_place() returns integer
    language sql volatile security definer as '
        select count(*)::integer + 1 from tenant.audit_webhooks w
        where w.tenant_id = app.tenant_id()';
