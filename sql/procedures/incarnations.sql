-- Incarnations: a database that was restored, or has taken over, says so before it seals.
set local role bulkhead_definer;

-- In one repeatable read transaction: this, sealing all that was inherited, and app.settle().
-- Transaction numbers may begin anew, so the sealer's place among them does too.
create function app.declare_incarnation(reason text) returns integer
    language sql volatile security definer
    set search_path = ''
begin atomic
    update audit.progress set xid = '0', seq = 0;
    insert into audit.incarnations (number, identity, reason)
    select coalesce(max(i.number), 0) + 1, app.server_identity(), $1 from audit.incarnations i
    returning number;
end;

-- What this snapshot does not see is written by transactions that are not below its xmin.
create function app.settle() returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    update audit.progress set xid = pg_snapshot_xmin(pg_current_snapshot()), seq = 0;
end;

grant execute on function app.declare_incarnation(text), app.settle() to bulkhead_sealer;
