-- Audit: whom an event speaks of, and the statement that appends one.
set local role bulkhead_definer;

-- The first UUIDv7 of a moment: where a range of events, or a partition, begins.
create function app.first_id(at timestamptz) returns uuid
    language sql immutable
    return (lpad(to_hex(greatest(0, least((extract(epoch from at) * 1000)::bigint,
        281474976710655))), 12, '0') || repeat('0', 20))::uuid;

-- The moment of a UUIDv7, to the millisecond.
create function app.moment_of(id uuid) returns timestamptz
    language sql immutable
    return to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);

-- The pseudonym of a person in a tenant, or of the tenant itself for the nil user; made when first
-- asked for, with a salt.
create function app.pseudonym_of(here uuid, person uuid) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    found_one uuid;
begin
    loop
        select p.pseudonym into found_one from keystore.pseudonyms p
        where p.tenant_id = here and p.user_id = person;
        exit when found;
        insert into keystore.pseudonyms (tenant_id, user_id) values (here, person)
        on conflict do nothing;
    end loop;
    return found_one;
end
$$;

-- What is too long for a history, or nobody's business in it.
create function app.digest(value text) returns json
    language sql immutable
    return json_build_object('sha256', encode(sha256(convert_to(value, 'UTF8')), 'hex'),
        'octets', octet_length(value));

-- The statement of every function that appends events, which is one for speed. It uses their
-- variables: context (of app.context()), event (its id), here, action, outcome, resource,
-- workspace, about (a pseudonym, null where it concerns nobody but the actor), columns, and changes
-- (JSON).
create function app.appending() returns text
    language sql immutable
    return $sql$
        with request as materialized (
            select r.told[1] as request_id, r.told[2] as trace_id, r.told[5] as span_id,
                r.told[6] as route, r.told[8] as app_version,
                json_strip_nulls(json_build_object('client_ip', nullif(r.told[3], ''),
                    'user_agent', nullif(r.told[7], ''),
                    'reason', nullif(r.told[4], '')))::text as told,
                case when context is null then null
                    when here <> nobody and substr(context, 10, 32)::uuid = here
                    then nullif(substr(context, 171, 32)::uuid, nobody)
                    else app.pseudonym_of(here, substr(context, 75, 32)::uuid) end as actor
            from (select convert_from(decode(split_part(context, ' ', 2), 'hex'), 'UTF8')::text[]
                as told) r
        ), event as (
            insert into audit.events (tenant_id, id, occurred_at, actor_type, actor, agent_id,
                credential_id, db_role, action, outcome, resource_type, resource_id, workspace_id,
                subject, changed_columns, request_id, trace_id, span_id, route, app_version,
                policy_version)
            select here, event, now(),
                case when substr(context, 139, 32)::uuid <> nobody then 'agent'
                    when substr(context, 203, 1) = 'k' then 'api_key'
                    when context is not null then 'user'
                    when session_user = 'bulkhead_control' then 'operator'
                    when session_user in ('bulkhead_api', 'bulkhead_worker') then 'service'
                    else 'dba' end,
                r.actor, nullif(substr(context, 139, 32)::uuid, nobody),
                -- A session's own id is the same in every tenant, and tells when it began.
                case when substr(context, 203, 1) = 'k' then substr(context, 107, 32)
                    else left(encode(sha256(uuid_send(r.actor)
                        || decode(substr(context, 107, 32), 'hex')), 'hex'), 32) end::uuid,
                session_user, action, outcome,
                split_part(action, '.', 1), resource, workspace, about, columns,
                nullif(r.request_id, ''), nullif(r.trace_id, ''), nullif(r.span_id, ''),
                nullif(r.route, ''), nullif(r.app_version, ''), app.policy_version()
            from request r
        )
        insert into audit.event_pii (tenant_id, event_id, person, content)
        select here, event, part.person, part.content
        from request r, lateral (values
            (coalesce(r.actor, app.pseudonym_of(here, nobody)),
                case when about is not null then r.told
                    when r.told = '{}' then changes
                    -- One object of two.
                    else left(r.told, -1) || ',' || substr(changes, 2) end),
            (about, changes)) part (person, content)
        where part.person is not null and part.content <> '{}'
    $sql$;

grant execute on function app.first_id(timestamptz) to bulkhead_owner, bulkhead_api;
grant execute on function app.moment_of(uuid) to bulkhead_owner;
