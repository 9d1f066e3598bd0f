-- Explain: why a principal may, or may not, do something to one row. For the operator.
--
-- The principal is impersonated: the gate itself admits a session made for the occasion, in a
-- subtransaction that is undone whatever happens, so the caller never wears the context and
-- nobody ever holds the session. What is evaluated is the text of the policies, from the catalog;
-- what is answered is that text and booleans, never anything of the row.
set local role bulkhead_definer;

create function app.explain_access(
    slug text, email text, table_name text, row_id uuid, command text
) returns table (step text, policy text, restrictive boolean,
        path integer[], operator text, clause text, holds boolean)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    worn constant text := coalesce(app.context(), '');
    pass constant bytea := sha256(uuid_send(gen_random_uuid()));
    who record;
    target record;
    home uuid;
begin
    select t.id as tenant, t.state = 'active' as tenant_active, u.id as user_id,
        u.state = 'active' as user_active, m.user_id is not null as is_member,
        m.state = 'active' as member_active
    into who
    from (select) as always
    left join platform.tenants t on t.slug = $1
    left join platform.users u on lower(u.email) = lower($2)
    left join tenant.members m on m.tenant_id = t.id and m.user_id = u.id;
    select c.oid::regclass as name, a.attname as key
    into target
    from pg_class c
    join pg_index i on i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 2
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[1]
    where c.relnamespace = 'tenant'::regnamespace and c.relname = $3
        and a.atttypid = 'uuid'::regtype;
    if who.tenant is null or who.user_id is null or target.name is null
        or coalesce($5, '') not in ('select', 'insert', 'update', 'delete')
    then
        raise exception 'no such tenant, user, table with rows of one id, or command'
            using errcode = '22023', constraint = case
                when who.tenant is null then 'explain_tenant_known'
                when who.user_id is null then 'explain_user_known'
                when target.name is null then 'explain_table_known'
                else 'explain_command_known' end;
    end if;
    -- Tenant by tenant, since that is how the row's index goes.
    execute format('select coalesce(
        (select r.tenant_id from %1$s r where r.tenant_id = $1 and r.%2$I = $2),
        (select t.id from platform.tenants t cross join lateral (
            select from %1$s r where r.tenant_id = t.id and r.%2$I = $2 limit 1) r limit 1))',
        target.name, target.key) into home using who.tenant, $4;

    return query
        select f.step, null::text, null::boolean, null::integer[], null::text, f.fact, f.holds
        from (values
            ('admission', 'the tenant is active', who.tenant_active),
            ('admission', 'the user is active', who.user_active),
            ('admission', 'the user is a member of the tenant', who.is_member),
            ('admission', 'the membership is active', who.member_active),
            ('grant', format('bulkhead_api may %s %s', $5, target.name),
                case $5 when 'delete' then has_table_privilege('bulkhead_api', target.name, $5)
                else has_any_column_privilege('bulkhead_api', target.name, $5) end),
            ('row', 'the row exists', home is not null),
            ('row', 'the row belongs to the tenant', home = who.tenant)
        ) as f (step, fact, holds);
    begin
        if who.tenant_active and who.user_active and who.member_active then
            insert into platform.credentials (kind, hash, user_id, name, expires_at)
            values ('session', pass, who.user_id, 'context explain', now() + interval '1 minute');
            perform app.enter(pass, who.tenant, '', '', '', 'context explain');
        else
            home := null; -- whom the gate refuses, no policy is asked about
        end if;
        for step, policy, restrictive, path, operator, clause in
            select * from app.policy_clauses(target.name, $5)
        loop
            holds := null;
            if home is not null then
                execute format('select (%s)::boolean from %s where tenant_id = $1 and %I = $2',
                    clause, target.name, target.key) into holds using home, $4;
            end if;
            return next;
        end loop;
        raise exception 'undone' using errcode = 'BH000';
    exception when sqlstate 'BH000' then
        if coalesce(app.context(), '') <> worn then
            raise exception 'the context of the explained principal was not taken off';
        end if;
    end;
end
$$;

grant execute on function app.explain_access(text, text, text, uuid, text) to bulkhead_control;
