-- A peer: every event holds the hash of the one before it in its tenant, from the transaction that
-- writes it on. So the writers of a tenant wait for one another until each has committed.
create table peer.chained_events (
    like audit.events including defaults including identity,
    content jsonb not null,
    position bigint not null,
    hash bytea not null,
    primary key (tenant_id, position)
);

create function peer.chain() returns trigger
    language plpgsql
    set search_path = ''
as $$
declare
    last record;
begin
    perform pg_advisory_xact_lock(hashtextextended(new.tenant_id::text, 0));
    select e.position, e.hash into last
    from peer.chained_events e
    where e.tenant_id = new.tenant_id
    order by e.position desc
    limit 1;
    new.position := coalesce(last.position, 0) + 1;
    new.hash := sha256(coalesce(last.hash, '') || convert_to(new.content::text, 'UTF8'));
    return new;
end
$$;
create trigger t10_chain before insert on peer.chained_events
    for each row execute function peer.chain();

create function peer.chained() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into peer.chained_events (tenant_id, id, occurred_at, actor_type, db_role, action,
        outcome, resource_type, resource_id, policy_version, content)
    values (new.tenant_id, platform.uuid_v7(), now(), 'user', session_user,
        'document.' || lower(tg_op), 'ok', 'document', new.id, app.policy_version(),
        to_jsonb(new));
    return null;
end
$$;
create trigger t92_chained after insert or update on tenant.documents
    for each row execute function peer.chained();
