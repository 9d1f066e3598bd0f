-- Schemas: the rooms of the database. Applied before migrations, so it must be re-appliable.
--
-- platform holds global tables, tenant what a tenant owns, audit the history, keystore what opens
-- it. Schema app holds functions only and is dropped and rebuilt with them: see app.sql.

do $$
begin
    execute format('grant create on database %I to bulkhead_owner', current_database());
    -- TEMP would let a caller shadow names in definer code and leave tables behind in a pool.
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to bulkhead_api, bulkhead_worker, bulkhead_control, '
        'bulkhead_sealer, bulkhead_compliance, bulkhead_identity', current_database());
    revoke create on schema public from public;
exception when insufficient_privilege then
    -- Not fatal where the database is somebody else's: doctor and the catalog check look again.
    raise warning 'the owner of database % must grant create on it to bulkhead_owner, '
        'revoke all on it from public and grant connect on it to the planes', current_database();
end
$$;

-- Large objects know no policies: whatever one caller leaves in one, any other could read.
do $$
declare
    taken record;
begin
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        for taken in
            select p.oid::regprocedure as name from pg_catalog.pg_proc p
            where p.pronamespace = 'pg_catalog'::regnamespace
                and (p.proname like 'lo\_%' or p.proname in ('loread', 'lowrite'))
        loop
            execute format('revoke execute on function %s from public', taken.name);
        end loop;
    end if;
end
$$;

-- The schemas' owner acts from here on: an administrator who is no superuser may not.
set local role bulkhead_owner;

create schema if not exists platform;
create schema if not exists tenant;
create schema if not exists audit;
create schema if not exists keystore;

grant usage on schema platform, tenant, audit
    to bulkhead_api, bulkhead_worker, bulkhead_control, bulkhead_sealer, bulkhead_compliance,
        bulkhead_definer;
grant usage on schema keystore to bulkhead_definer;

-- Nothing is executable by accident: every function names who may call it.
alter default privileges revoke execute on functions from public;

-- UUIDv7 (RFC 9562 §5.7) from the database. Lives in platform because column defaults depend
-- on it, and schema app must stay disposable.
do $$
begin
    if to_regprocedure('pg_catalog.uuidv7()') is not null then
        create or replace function platform.uuid_v7() returns uuid
            language sql volatile parallel safe
            as 'select pg_catalog.uuidv7()';
    else
        -- Over a random v4: 48 bits of milliseconds, the version, 12 bits of what is left of the
        -- microseconds (RFC 9562 §6.2, method 3), as Postgres itself does from 18 on.
        create or replace function platform.uuid_v7() returns uuid
            language plpgsql volatile parallel safe
            as $body$
            declare
                at bigint := extract(epoch from clock_timestamp()) * 1000000;
            begin
                return encode(overlay(uuid_send(gen_random_uuid()) placing
                    int8send(at / 1000 << 16 | 28672 | at % 1000 * 4096 / 1000)
                    from 1 for 8), 'hex')::uuid;
            end
            $body$;
    end if;
end
$$;
revoke execute on function platform.uuid_v7() from public;
grant execute on function platform.uuid_v7() to bulkhead_api, bulkhead_worker, bulkhead_definer;

set local role bulkhead_definer;
alter default privileges revoke execute on functions from public;

reset role;
