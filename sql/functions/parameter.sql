-- The parameter: the context in a setting that Postgres itself lets nobody but the gate write.
--
-- Session settings of one's own (app.context) are anybody's to write. A parameter that only a
-- superuser sets is not, and since Postgres 15 the privilege to set one can be granted: roles.sql
-- grants backtrace_functions to bulkhead_definer, whom nobody can become. Of the parameters of
-- that kind it is the inert one: it lists C functions whose errors are logged with a backtrace,
-- and no C function is named as a context is. With neither key nor hash nor look-up, what the
-- policies ask becomes a plain expression.
--
-- Where nobody can grant it (some managed servers), the seal stays: `platformctl doctor` says so.
set local role bulkhead_definer;

do $do$
begin
    if not has_parameter_privilege('bulkhead_definer', 'backtrace_functions', 'set') then
        return;
    end if;
    create or replace function app.wear(payload text) returns text
        language sql volatile parallel unsafe
        return pg_catalog.set_config('backtrace_functions', payload, true);

    -- The prefix tells a context from what an administrator may have set for debugging.
    create or replace function app.context() returns text
        language sql stable parallel restricted
        return case
            when pg_catalog.starts_with(
                pg_catalog.current_setting('backtrace_functions'), 'bulkhead_')
            then pg_catalog.current_setting('backtrace_functions')
        end;

    create or replace function app.tenant_with(permission text) returns uuid
        language sql volatile parallel restricted
        return app.tenant_in(app.context(), permission);
end
$do$;
