-- Context: who the current transaction speaks for, and the seal that makes the answer trustworthy.
--
-- The context is nine transaction-local settings plus app.seal, an HMAC-SHA-256 over all of them,
-- the backend's pid and the transaction's start. Anyone can write the settings; only the gate
-- (enter.sql) can make the seal. No context is null; a context that does not fit its seal is 42501.
--
-- No `set search_path` on the hot functions: it triples their price before Postgres 17. Instead
-- every name is qualified, CREATE and TEMP are revoked from every plane, and a test tries to
-- shadow them.
set local role bulkhead_definer;

-- What the seal covers, unambiguously: array output quotes each element.
create function app.sealed_payload() returns bytea
    language plpgsql stable parallel restricted
as $$
begin
    return pg_catalog.convert_to(array[
            pg_catalog.current_setting('app.tenant_id', true),
            pg_catalog.current_setting('app.user_id', true),
            pg_catalog.current_setting('app.agent_id', true),
            pg_catalog.current_setting('app.role', true),
            pg_catalog.current_setting('app.credential_id', true),
            pg_catalog.current_setting('app.request_id', true),
            pg_catalog.current_setting('app.trace_id', true),
            pg_catalog.current_setting('app.client_ip', true),
            pg_catalog.current_setting('app.reason', true)
        ]::pg_catalog.text, 'UTF8')
        operator(pg_catalog.||) pg_catalog.int4send(pg_catalog.pg_backend_pid())
        operator(pg_catalog.||) pg_catalog.timestamptz_send(pg_catalog.now());
end
$$;

-- True inside a context, false outside; 42501 when the settings were tampered with, or the seal
-- was made in another transaction, by another backend, or under a key that has retired.
create function app.is_sealed() returns boolean
    language plpgsql stable parallel restricted security definer
as $$
declare
    seal pg_catalog.text := pg_catalog.current_setting('app.seal', true);
    inner_pad pg_catalog.bytea;
    outer_pad pg_catalog.bytea;
begin
    if seal is null or seal operator(pg_catalog.=) '' then
        return false;
    end if;
    select k.inner_pad, k.outer_pad into inner_pad, outer_pad
    from platform.seal_keys k
    where k.kid operator(pg_catalog.=) pg_catalog.left(seal, 8)
        and (k.retires_at is null
            or k.retires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
    if pg_catalog.encode(pg_catalog.sha256(outer_pad operator(pg_catalog.||)
            pg_catalog.sha256(inner_pad operator(pg_catalog.||) app.sealed_payload())), 'hex')
        operator(pg_catalog.=) pg_catalog.substr(seal, 9)
    then
        return true;
    end if;
    raise exception 'the transaction context does not fit its seal'
        using errcode = '42501', constraint = 'context_forged';
end
$$;

-- The answers. Each is null outside a context.
do $do$
declare
    answer record;
begin
    for answer in
        select * from (values
            ('tenant_id', 'uuid'), ('user_id', 'uuid'), ('agent_id', 'uuid'),
            ('credential_id', 'uuid'), ('role', 'text'), ('request_id', 'text'),
            ('trace_id', 'text'), ('client_ip', 'text'), ('reason', 'text')
        ) as answers (name, type)
    loop
        execute format($sql$
            create function app.%1$I() returns pg_catalog.%2$s
                language plpgsql stable parallel restricted
            as $body$
            begin
                if app.is_sealed() then
                    return nullif(pg_catalog.current_setting('app.%1$s', true), '')::pg_catalog.%2$s;
                end if;
                return null;
            end
            $body$;
            grant execute on function app.%1$I() to public;
        $sql$, answer.name, answer.type);
    end loop;
end
$do$;

-- Harmless to anyone: they tell a transaction what it already is.
grant execute on function app.is_sealed() to public;
revoke execute on function app.sealed_payload() from public;
