-- The seal: how a transaction wears its context so that nobody but the gate can make one. There are
-- two ways, and all else rests on these two functions only:
--
--     app.wear(payload)    puts the context on until the transaction ends; for the gate alone
--     app.context()        what is worn, once it is certain that the gate made it; null outside
--
-- The way of this file needs nothing of the server: the setting app.context, which anybody can
-- write, holds kid(8) seal(64) payload, where the seal is an HMAC-SHA-256 (RFC 2104) under key kid
-- over the payload, the backend's pid and the transaction's start. A context that does not fit its
-- seal is 42501 context_forged. parameter.sql replaces it where the server allows the better one.
set local role bulkhead_definer;

-- In lower-case hex. Inlined by the planner, so naming it costs nothing.
create function app.seal(inner_pad bytea, outer_pad bytea, payload text) returns text
    language sql stable parallel restricted
    return pg_catalog.encode(pg_catalog.sha256(outer_pad operator(pg_catalog.||)
        pg_catalog.sha256(inner_pad
            operator(pg_catalog.||) pg_catalog.convert_to(payload, 'UTF8')
            operator(pg_catalog.||) pg_catalog.int4send(pg_catalog.pg_backend_pid())
            operator(pg_catalog.||) pg_catalog.timestamptz_send(pg_catalog.now()))), 'hex');

create function app.wear(payload text) returns text
    language plpgsql volatile parallel unsafe
as $$
declare
    worn pg_catalog.text;
begin
    select pg_catalog.set_config('app.context',
        pg_catalog.concat(k.kid, app.seal(k.inner_pad, k.outer_pad, $1), $1), true)
    into worn
    from platform.seal_keys k
    where k.retires_at is null;
    return worn;
end
$$;

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
