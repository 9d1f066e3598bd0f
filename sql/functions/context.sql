-- Context: who the current transaction speaks for, and the seal that makes the answer trustworthy.
--
-- One transaction-local setting, app.context, made by the gate (enter.sql):
--
--     kid(8) seal(64) | tenant(36) user(36) credential(36) role_id(36) agent(36) scoped(1) rest
--
-- where rest is the array {role, request_id, trace_id, client_ip, reason} and the seal is an
-- HMAC-SHA-256 (RFC 2104) under key kid over all that follows it, the backend's pid and the
-- transaction's start. Anyone can write the setting; only the gate can make the seal. No context
-- answers null; one that does not fit its seal is 42501 context_forged.
--
-- One setting, since eleven tripled the price: a transaction pays anew for each expression it
-- first runs. No `set search_path` on the hot functions for the same reason; instead every name
-- is qualified, CREATE and TEMP are revoked from every plane, and a test tries to shadow them.
set local role bulkhead_definer;

-- What the seal covers, or null outside a context.
create function app.context() returns text
    language plpgsql stable parallel restricted security definer
as $$
declare
    sealed pg_catalog.text := pg_catalog.current_setting('app.context', true);
begin
    if sealed operator(pg_catalog.<>) '' then
        if exists (
            select from platform.seal_keys k
            where k.kid operator(pg_catalog.=) pg_catalog.left(sealed, 8)
                and app.seal(k.inner_pad, k.outer_pad, pg_catalog.substr(sealed, 73))
                    operator(pg_catalog.=) pg_catalog.substr(sealed, 9, 64)
                and (k.retires_at is null
                    or k.retires_at operator(pg_catalog.>) pg_catalog.clock_timestamp()))
        then
            return pg_catalog.substr(sealed, 73);
        end if;
        raise exception 'the transaction context does not fit its seal'
            using errcode = '42501', constraint = 'context_forged';
    end if;
    return null;
end
$$;
grant execute on function app.context() to public;

-- The answers, each null outside a context. Fixed fields by position; a nil UUID is none.
-- No nullif(): it would find its `=` by the caller's search_path, and run it with our rights
-- where a definer function asks.
do $do$
declare
    answer record;
begin
    for answer in
        select * from (values
            ('tenant_id', 1), ('user_id', 37), ('credential_id', 73), ('agent_id', 145)
        ) as answers (name, at)
    loop
        execute format($sql$
            create function app.%1$I() returns pg_catalog.uuid
                language plpgsql stable parallel restricted
            as $body$
            begin
                return (pg_catalog.array_remove(
                    array[pg_catalog.substr(app.context(), %2$s, 36)],
                    '00000000-0000-0000-0000-000000000000'))[1]::pg_catalog.uuid;
            end
            $body$;
            grant execute on function app.%1$I() to public;
        $sql$, answer.name, answer.at);
    end loop;
    for answer in
        select * from (values
            ('role', 1), ('request_id', 2), ('trace_id', 3), ('client_ip', 4), ('reason', 5)
        ) as answers (name, at)
    loop
        execute format($sql$
            create function app.%1$I() returns pg_catalog.text
                language plpgsql stable parallel restricted
            as $body$
            begin
                return (pg_catalog.array_remove(
                    (pg_catalog.substr(app.context(), 182)::pg_catalog.text[])[%2$s:%2$s],
                    ''))[1];
            end
            $body$;
            grant execute on function app.%1$I() to public;
        $sql$, answer.name, answer.at);
    end loop;
end
$do$;
