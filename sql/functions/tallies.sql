-- Tallies: what happens without a change is told at once while it is rare, and counted and told as
-- one event where it is not, so that nobody fills the history by being refused, or by reading.
--
-- A window of a minute begins with the first refusal of one act. What comes within it is an event
-- each, up to a number for each person, of whatever acts; the rest is counted. What was counted
-- becomes one event when the window is over, and the next window is twice as long, up to an hour.
--
-- Nobody waits for another's transaction here: who finds a tally held counts in another lane. So
-- whoever holds some for long keeps nobody from recording, and at worst has more lanes made.
set local role bulkhead_definer;

-- Tells what a window that is over has counted. The next one is longer; after one in which nothing
-- was counted there is none.
create function app.close_tally(tally keystore.tallies) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if tally.untold = 0 then
        delete from keystore.tallies t
        where (t.tenant_id, t.actor, t.outcome, t.action, t.lane)
            = (tally.tenant_id, tally.actor, tally.outcome, tally.action, tally.lane);
        return;
    end if;
    perform app.tell(tally.tenant_id, tally.context, tally.outcome, tally.action,
        tally.resource_id, null, tally.content, tally.untold);
    update keystore.tallies t
    set untold = 0, told = 0, lasts = least(t.lasts * 2, interval '1 hour'),
        ends_at = now() + least(t.lasts * 2, interval '1 hour')
    where (t.tenant_id, t.actor, t.outcome, t.action, t.lane)
        = (tally.tenant_id, tally.actor, tally.outcome, tally.action, tally.lane);
end
$$;

-- A tally of an act that nobody else holds, with its window open; a new one where there is none.
create function app.free_tally(here uuid, who uuid, result text, act text)
    returns keystore.tallies
    language plpgsql volatile
    set search_path = ''
as $$
declare
    tally keystore.tallies;
begin
    select t.* into tally from keystore.tallies t
    where (t.tenant_id, t.actor, t.outcome, t.action) = (here, who, result, act)
    order by t.lane limit 1
    for update skip locked;
    if tally.ends_at <= now() then
        perform app.close_tally(tally);
        select t.* into tally from keystore.tallies t
        where (t.tenant_id, t.actor, t.outcome, t.action, t.lane)
            = (here, who, result, act, tally.lane);
    end if;
    if tally.lane is null then
        insert into keystore.tallies as t (tenant_id, actor, outcome, action)
        values (here, who, result, act) returning t.* into tally;
    end if;
    return tally;
end
$$;

-- Counts an act, and tells it at once if its actor has had fewer than `most` events in their open
-- windows. `about` and `changes` as in app.recorder().
create function app.count_up(here uuid, who uuid, worn text, result text, act text, thing uuid,
    about uuid, changes text, times bigint, most integer) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    tally constant keystore.tallies := app.free_tally(here, who, result, act);
    alone constant boolean := tally.untold = 0;
    one constant uuid := case when alone or tally.resource_id = thing then thing end;
    -- Told at once, or counted.
    now_told constant boolean := (select sum(t.told) from keystore.tallies t
        where t.tenant_id = here and t.actor = who and t.outcome = result
            and t.ends_at > now()) < most;
begin
    if now_told then
        perform app.tell(here, worn, result, act, one, case when alone then about end, changes,
            tally.untold + times);
    end if;
    update keystore.tallies t
    set untold = case when now_told then 0 else t.untold + times end,
        told = t.told + now_told::integer,
        context = worn, content = changes, resource_id = one
    where (t.tenant_id, t.actor, t.outcome, t.action, t.lane)
        = (here, who, result, act, tally.lane);
end
$$;

-- Tells what the windows that are over have counted, of everybody; says nothing of it. The sealer
-- calls this from time to time, so that a count waits for no further refusal.
create function app.tell_tallies() returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    tally keystore.tallies;
begin
    for tally in
        select t.* from keystore.tallies t
        where t.ends_at at time zone 'UTC' <= now() at time zone 'UTC'
        order by t.ends_at at time zone 'UTC'
        limit 1000
        for update skip locked
    loop
        perform app.close_tally(tally);
    end loop;
end
$$;

grant execute on function app.tell_tallies() to bulkhead_sealer;
