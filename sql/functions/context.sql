-- Context: who the current transaction speaks for, as the gate (enter.sql) wrote it down:
--
--     "bulkhead_" tenant(32) role(32) scoped(1) user(32) credential(32) agent(32) person(32)
--     kind(1) permissions space rest
--
-- with no other space. UUIDs without hyphens, nil for none; s(coped) or a(ll); person is the user's
-- pseudonym here; kind is k(ey), s(ession) or d(irectory), which is its own user and credential;
-- the role's tenant-wide permissions as in tenant.roles; rest is the hex of the array {request_id,
-- trace_id, client_ip, reason, span_id, route, user_agent, app_version}. Letters, digits, commas
-- and a space only, for parameter.sql's sake; what is read most comes first, since the nth
-- character takes longer to find the greater n is.
--
-- Each answer is null outside a context. All are inlined into whatever asks: no `set search_path`,
-- which would forbid that; their bodies are parsed here and now, so no caller's path counts.
set local role bulkhead_definer;

do $do$
declare
    answer record;
begin
    for answer in
        select * from (values
            ('tenant_id', 10), ('user_id', 75), ('credential_id', 107), ('agent_id', 139),
            ('pseudonym', 171)
        ) as answers (name, at)
    loop
        execute format($sql$
            create function app.%1$I() returns pg_catalog.uuid
                language sql stable parallel restricted
                return nullif(pg_catalog.substr(app.context(), %2$s, 32), %3$L)::pg_catalog.uuid;
            grant execute on function app.%1$I() to public;
        $sql$, answer.name, answer.at, repeat('0', 32));
    end loop;
    for answer in
        select * from (values
            ('request_id', 1), ('trace_id', 2), ('client_ip', 3), ('reason', 4)
        ) as answers (name, at)
    loop
        execute format($sql$
            create function app.%1$I() returns pg_catalog.text
                language sql stable parallel restricted
                return nullif((pg_catalog.convert_from(
                    pg_catalog.decode(pg_catalog.split_part(app.context(), ' ', 2), 'hex'),
                    'UTF8')::pg_catalog.text[])[%2$s], '');
            grant execute on function app.%1$I() to public;
        $sql$, answer.name, answer.at);
    end loop;
end
$do$;

-- The context of somebody in no tenant, for telling the history what became of their request.
create function app.nowhere(person uuid, credential uuid, kind text, request text[]) returns text
    language sql stable
    return concat('bulkhead_', repeat('0', 64), 's', replace(concat(person, credential), '-', ''),
        repeat('0', 64), case kind when 'session' then 's' else 'k' end, ' ',
        -- No more than the gate would let into a context.
        encode(convert_to(array(select left(request[n], 250) from generate_series(1, 8) n
            order by n)::text, 'UTF8'), 'hex'));

-- The name of the tenant-wide role the caller entered with.
create function app.role() returns text
    language sql stable parallel restricted security definer
    set search_path = ''
begin atomic
    select r.name from tenant.roles r
    where r.tenant_id = app.tenant_id() and r.id = substr(app.context(), 42, 32)::uuid;
end;
grant execute on function app.role() to public;
