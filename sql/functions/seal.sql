-- The seal: HMAC-SHA-256 (RFC 2104) over a payload, this backend's pid and this transaction's
-- start, in lower-case hex. Inlined by the planner, so naming it costs nothing.
set local role bulkhead_definer;

create function app.seal(inner_pad bytea, outer_pad bytea, payload text) returns text
    language sql stable parallel restricted
    return pg_catalog.encode(pg_catalog.sha256(outer_pad operator(pg_catalog.||)
        pg_catalog.sha256(inner_pad
            operator(pg_catalog.||) pg_catalog.convert_to(payload, 'UTF8')
            operator(pg_catalog.||) pg_catalog.int4send(pg_catalog.pg_backend_pid())
            operator(pg_catalog.||) pg_catalog.timestamptz_send(pg_catalog.now()))), 'hex');
