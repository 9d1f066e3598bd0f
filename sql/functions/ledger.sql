-- Ledger: an event as the bytes that are hashed, and what is committed to of persons.
set local role bulkhead_definer;

-- Postgres's binary form of a row: number of columns, and of each its type's oid, length and
-- octets, -1 for null. Text goes in as UTF-8 octets, whatever the client's encoding is; a moment
-- as microseconds since 2000. xid and seq are the server's own and stay out.
create function app.event_record(e audit.events) returns bytea
    language sql stable
    return record_send(row(e.tenant_id, e.id, e.schema_version, e.occurred_at, e.recorded_at,
        convert_to(e.actor_type, 'UTF8'), e.actor, e.agent_id, e.credential_id,
        convert_to(e.db_role, 'UTF8'), convert_to(e.action, 'UTF8'), convert_to(e.outcome, 'UTF8'),
        convert_to(e.resource_type, 'UTF8'), e.resource_id, e.workspace_id, e.subject,
        convert_to(array_to_json(e.changed_columns)::text, 'UTF8'),
        convert_to(e.request_id, 'UTF8'), convert_to(e.trace_id, 'UTF8'),
        convert_to(e.span_id, 'UTF8'), convert_to(e.route, 'UTF8'),
        convert_to(e.app_version, 'UTF8'), e.policy_version, e.count));

-- A moment as it is exported: RFC 3339, to the microsecond.
create function app.instant(at timestamptz) returns text
    language sql stable
    return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- RFC 6962 §2.1.
create function app.leaf_hash(record bytea, commitments bytea) returns bytea
    language sql immutable
    return sha256('\x00'::bytea || record || commitments);

-- The RFC 6962 hash of a tree: pairs become one, level by level, and who is left over moves up.
create function app.tree_root(hashes bytea[]) returns bytea
    language plpgsql immutable
    set search_path = ''
as $$
declare
    level bytea[] := hashes;
begin
    if cardinality(level) = 0 then
        return sha256('');
    end if;
    while cardinality(level) > 1 loop
        level := (
            select array_agg(coalesce(sha256('\x01'::bytea || p.hash || p.next), p.hash)
                order by p.place)
            from (select l.hash, l.place, lead(l.hash) over (order by l.place) as next
                from unnest(level) with ordinality as l (hash, place)) p
            where p.place % 2 = 1);
    end loop;
    return level[1];
end
$$;

-- What an event says of persons, by hashes: each in the order of the pseudonyms. Without SET and in
-- the caller's name, so that it becomes part of the query.
create function app.hashed_details(tenant uuid, event uuid)
    returns table (persons uuid[], content_hashes bytea[])
    language sql stable
begin atomic
    select array_agg(p.person order by p.person),
        array_agg(sha256(convert_to(p.content, 'UTF8')) order by p.person)
    from audit.event_pii p
    where p.tenant_id = $1 and p.event_id = $2;
end;

-- Without the salt nobody can try values until one fits; of the salt, this key gives away nothing,
-- so one event can be opened for a reader, and no other.
create function app.commitment_key(salt bytea, event uuid) returns bytea
    language sql immutable
    return sha256(salt || uuid_send(event));

create function app.commitment(key bytea, content_hash bytea) returns bytea
    language sql immutable
    return sha256(key || content_hash);

-- Whether content is what a leaf has committed to of a person: theirs are 48 octets each. False,
-- and not null, without a salt.
create function app.is_committed(commitments bytea, person uuid, event uuid, salt bytea,
    content text) returns boolean
    language sql stable
    return position(uuid_send(person) || app.commitment(app.commitment_key(salt, event),
        sha256(convert_to(content, 'UTF8'))) in commitments) % 48 is not distinct from 1;

-- This server, this history of it, this database: another one after a restore or a fail-over.
create function app.server_identity() returns text
    language sql stable
    set search_path = ''
begin atomic
    select format('%s/%s/%s', c.system_identifier,
        ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int,
        (select d.oid from pg_database d where d.datname = current_database()))
    from pg_control_system() c;
end;
