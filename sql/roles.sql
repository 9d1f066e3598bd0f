-- Roles: one login a plane, one owner, one definer. Cluster-wide, so re-appliable and race-proof.
--
-- A plane owns nothing, inherits nothing and bypasses nothing. bulkhead_owner owns the objects;
-- bulkhead_definer owns the few functions that look across tenants and is named in explicit
-- policies. No role has BYPASSRLS.

do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            ('bulkhead_owner', 'nologin'),
            ('bulkhead_definer', 'nologin'),
            ('bulkhead_api', 'login'),
            ('bulkhead_worker', 'login'),
            ('bulkhead_control', 'login'),
            ('bulkhead_sealer', 'login'),
            ('bulkhead_compliance', 'login'),
            ('bulkhead_identity', 'login')
        ) as role (name, login)
    loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
                execute format('create role %I %s noinherit nocreatedb nocreaterole',
                    wanted.name, wanted.login);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- another database of this cluster was migrated at the same moment
        end;
    end loop;
end
$$;

-- What functions/parameter.sql needs, and why. Only a superuser can grant it.
do $$
begin
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        grant set on parameter backtrace_functions to bulkhead_definer;
    end if;
end
$$;
