-- The version of the policies in force: a constant of the transaction that made them, so that an
-- event pays nothing for naming it.
set local role bulkhead_definer;

do $$
declare
    text constant text := (
        select string_agg(format('%s %s %s %s to %s using (%s) with check (%s)',
            p.polrelid::regclass, p.polname,
            case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
            (select string_agg(r.role::regrole::text, ', ' order by r.role::regrole::text)
                from unnest(p.polroles) r (role)),
            pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)), E'\n'
            order by p.polrelid::regclass::text, p.polname)
        from pg_policy p
        join pg_class c on c.oid = p.polrelid
        where c.relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore'));
    version constant bytea := sha256(convert_to(text, 'UTF8'));
begin
    insert into audit.policy_versions (version, policies) values (version, text)
    on conflict do nothing;
    execute format('create function app.policy_version() returns bytea '
        'language sql immutable return %L::bytea', version);
end
$$;
