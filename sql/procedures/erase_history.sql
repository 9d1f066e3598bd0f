-- Erasure of a person from a tenant's history: what could name them goes, with the salt that would
-- let anybody guess it and the knowledge whose pseudonym it was. Events, leaves and roots stay.
set local role bulkhead_definer;

-- Whom an erasure means: a tenant by its slug, or `platform`; a person by id or e-mail address.
create function app.erasable(tenant text, person text)
    returns table (tenant_id uuid, user_id uuid)
    language sql stable security definer
    set search_path = ''
begin atomic
    -- Whose account is gone already is known by their id alone.
    select t.id, coalesce(app.user_named($2), app.id_in($2))
    from (select n.id from platform.tenants n where n.slug = $1
        union all select '00000000-0000-0000-0000-000000000000' where $1 = 'platform') t;
end;

-- Everybody who was ever erased from a tenant's history: its own events say so.
create function app.erased_persons(tenant uuid) returns table (person uuid)
    language sql stable security definer
    set search_path = ''
begin atomic
    select distinct e.subject from audit.events e
    where e.tenant_id = $1 and e.action = 'history.erase' and e.subject is not null;
end;

-- Answers the pseudonym, null if there is none (any more). A member carries theirs, and whoever has
-- an account is in the platform's own history: both are removed first.
create function app.erase_history(tenant uuid, user_id uuid) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    gone uuid;
    tally keystore.tallies;
begin
    if $1 is null or coalesce($2, nobody) = nobody then
        raise exception 'an erasure names a tenant and a person'
            using errcode = '22004', constraint = 'history_erase_whom';
    end if;
    -- A sealer that has read what goes now would make its salt anew. And one erases at a time.
    perform from audit.progress for update;
    select p.pseudonym into gone from keystore.pseudonyms p
    where p.tenant_id = $1 and p.user_id = $2;
    if not found then
        return null;
    end if;
    if exists (select from tenant.members m where m.tenant_id = $1 and m.user_id = $2)
        or ($1 = nobody and exists (select from platform.users u where u.id = $2))
    then
        raise exception 'they are still there: remove the member (of `platform`, the account) first'
            using errcode = '55000', constraint = 'history_erase_member';
    end if;
    for tally in
        select t.* from keystore.tallies t where t.tenant_id = $1 and t.actor = gone for update
    loop
        perform app.close_tally(tally);
    end loop;
    delete from keystore.tallies t where t.tenant_id = $1 and t.actor = gone;
    perform app.tell($1, null, 'ok', 'history.erase', null, gone, null, 1);
    delete from audit.event_pii p where p.tenant_id = $1 and p.person = gone;
    delete from keystore.salts s where s.tenant_id = $1 and s.person = gone;
    delete from keystore.pseudonyms p where p.tenant_id = $1 and p.user_id = $2;
    return gone;
end
$$;

-- A transaction that was open then may have known the pseudonym, and told more of them since. What
-- it left goes too; `settled` when none is open any more that could.
create function app.sweep_erased(tenant uuid) returns table (settled boolean)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    persons uuid[];
begin
    perform from audit.progress for update;
    -- Numbers from before a restore may lie in the future.
    settled := not exists (
        select from audit.events e
        where e.tenant_id = $1 and e.action = 'history.erase'
            and e.xid >= pg_snapshot_xmin(pg_current_snapshot())
            and e.xid < pg_snapshot_xmax(pg_current_snapshot()));
    select array_agg(e.person) into persons from app.erased_persons($1) e
    -- Who came back in the same moment carries it on.
    where not exists (select from tenant.members m
        where m.tenant_id = $1 and m.pseudonym = e.person);
    delete from audit.event_pii p where p.tenant_id = $1 and p.person = any (persons);
    delete from keystore.salts s where s.tenant_id = $1 and s.person = any (persons);
    return next;
end
$$;

-- Of the key store only, as app.salts_of(). Where the events are too, a salt outlives its contents.
create function app.destroy_salts(tenant uuid, persons uuid[]) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    delete from keystore.salts s
    where s.tenant_id = $1 and s.person = any ($2)
        and not exists (select from audit.event_pii p
            where p.tenant_id = s.tenant_id and p.person = s.person);
end;

grant execute on function app.erasable(text, text), app.erase_history(uuid, uuid),
    app.sweep_erased(uuid), app.erased_persons(uuid) to bulkhead_compliance;
grant execute on function app.erased_persons(uuid) to bulkhead_sealer;
-- Elsewhere the sealer's login opens the key store for both.
grant execute on function app.destroy_salts(uuid, uuid[]) to bulkhead_compliance, bulkhead_sealer;
