-- The recorder: how the trigger functions of triggers/audit*.sql are written.
set local role bulkhead_definer;

-- The statements that append an event: of what kind of thing, with which outcome, and how often
-- it happened, all expressions. They use the variables of app.recorder(), and leave `whose` the
-- details are, and what the request has `told`, for app.detailing(). Every transaction that changes
-- something runs them, and pays for each function that they name: so what is empty becomes null at
-- once, JSON is pasted from its parts, and what is rare stands in a branch of its own.
create function app.appending(noun text, outcome text, times text) returns text
    language sql immutable
    return format($sql$
        if context is null then
            actor_type := case
                when session_user in ('bulkhead_control', 'bulkhead_compliance') then 'operator'
                when session_user in ('bulkhead_api', 'bulkhead_worker', 'bulkhead_identity')
                    then 'service'
                else 'dba' end;
            whose := app.pseudonym_of(here, %2$L);
        else
            request := array_replace(convert_from(decode(split_part(context, ' ', 2), 'hex'),
                'UTF8')::text[], '', null);
            told := concat(
                case when request[3] is not null then ',"client_ip":' end, to_json(request[3]),
                case when request[7] is not null then ',"user_agent":' end, to_json(request[7]),
                case when request[4] is not null then ',"reason":' end, to_json(request[4]));
            actor := case when substr(context, 10, 32)::uuid = here
                then nullif(substr(context, 171, 32), %3$L)::uuid end;
            if actor is null then
                actor := app.pseudonym_of(here, substr(context, 75, 32)::uuid);
            end if;
            whose := actor;
            if substr(context, 203, 1) = 'k' then
                actor_type := 'api_key';
                credential := substr(context, 107, 32);
            elsif substr(context, 203, 1) = 'd' then
                actor_type := 'directory';
                credential := substr(context, 107, 32);
            else
                actor_type := 'user';
                -- A session's own id is the same in every tenant, and tells when it began.
                credential := left(encode(sha256(uuid_send(actor)
                    || decode(substr(context, 107, 32), 'hex')), 'hex'), 32);
            end if;
            if substr(context, 139, 32) <> %3$L then
                actor_type := 'agent';
                agent := substr(context, 139, 32);
            end if;
        end if;
        insert into audit.events (tenant_id, id, occurred_at, actor_type, actor, agent_id,
            credential_id, db_role, action, outcome, resource_type, resource_id, workspace_id,
            subject, changed_columns, request_id, trace_id, span_id, route, app_version,
            policy_version, count)
        values (here, event, now(), actor_type, actor, agent, credential, session_user, action,
            %4$s, %1$s, resource, workspace, about, columns, request[1], request[2], request[5],
            request[6], request[8], app.policy_version(), %5$s);
    $sql$, noun, '00000000-0000-0000-0000-000000000000', repeat('0', 32), outcome, times);

-- The statements that append what an event says of persons.
create function app.detailing() returns text
    language sql immutable
    return $sql$
        if about is null then
            insert into audit.event_pii (tenant_id, event_id, person, content)
            values (here, event, whose, concat('{', changes, told, '}'));
        else
            insert into audit.event_pii (tenant_id, event_id, person, content)
            values (here, event, about, concat('{', changes, '}'));
            if told <> '' then
                insert into audit.event_pii (tenant_id, event_id, person, content)
                values (here, event, whose, concat('{', substr(told, 2), '}'));
            end if;
        end if;
    $sql$;

-- The trigger function app.record_<name>(). Its body says what happened in the variables that are
-- declared here (about: a pseudonym, null where it concerns nobody but the actor; changes: members
-- of a JSON object), and then has app.appending() and app.detailing() write it down.
create function app.recorder(name text, body text) returns text
    language sql immutable
    return format($sql$
        create function app.record_%1$s() returns trigger
            language plpgsql volatile security definer
            set search_path = ''
        as $body$
        declare
            context constant text := app.context();
            event uuid; here uuid; action text; resource uuid; workspace uuid; about uuid;
            columns text[]; olds text; news text; changes text;
            request text[]; told text; whose uuid;
            actor uuid; actor_type text; agent uuid; credential uuid;
        begin
            %2$s
            return null;
        end
        $body$;
        grant execute on function app.record_%1$s() to bulkhead_owner
    $sql$, name, body);
