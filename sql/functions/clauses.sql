-- Clauses: which policies a statement meets, and the parts of their expressions, so that each can
-- be asked alone.
set local role bulkhead_definer;

-- The expression and, where it joins others by AND or OR, those too, by their path: {} is the
-- whole, {2,1} the first part of its second. Reads what pg_get_expr() writes and nothing looser:
-- that puts every AND and OR in parentheses of its own, and doubles a quote inside quotes.
create function app.clauses(expression text)
    returns table (path integer[], operator text, clause text)
    language plpgsql immutable
    set search_path = ''
as $$
declare
    parts text[] := '{}';
    part text := '';
    word text;
    depth integer := 0;
begin
    path := '{}';
    clause := expression;
    -- A sub-select stands in parentheses too, and its own ANDs are not the policy's.
    if expression ~ '^\(.*\)$' and expression !~ '^\( ?(SELECT|VALUES|WITH) ' then
        for word in
            select m[1]
            from regexp_matches(substr(expression, 2, length(expression) - 2),
                '(''[^'']*''|"[^"]*"| AND | OR |[^''"() ]+|.)', 'g') m
        loop
            if word in (' AND ', ' OR ') and depth = 0 then
                operator := lower(trim(word));
                parts := parts || part;
                part := '';
                continue;
            end if;
            depth := depth + case word when '(' then 1 when ')' then -1 else 0 end;
            if depth < 0 then -- the first parenthesis closes before the end
                operator := null;
                exit;
            end if;
            part := part || word;
        end loop;
    end if;
    return next;
    if operator is not null then
        parts := parts || part;
        for i in 1 .. cardinality(parts) loop
            return query
                select i || c.path, c.operator, c.clause from app.clauses(parts[i]) c;
        end loop;
    end if;
end
$$;

-- The policies that the service's plane meets on `target` for `command`, step by step: a statement
-- that changes a row also finds it or returns it, for which the select policies must let it.
create function app.policy_clauses(target regclass, command text)
    returns table (step text, policy text, restrictive boolean,
        path integer[], operator text, clause text)
    language sql stable
    set search_path = ''
begin atomic
    with steps (step, at, command, uses_check) as (
        values ('select', 1, 'r', false), ('insert', 2, 'a', true), ('update', 2, 'w', false),
            ('update check', 3, 'w', true), ('delete', 2, 'd', false)
    ), met as (
        select s.step, s.at, p.polname, p.polpermissive,
            pg_get_expr(p.polqual, p.polrelid) as admits,
            pg_get_expr(case when s.uses_check then coalesce(p.polwithcheck, p.polqual)
                else p.polqual end, p.polrelid) as expression
        from steps s
        join pg_policy p on p.polrelid = $1 and p.polcmd in ('*', s.command::"char")
        where (s.step = 'select' or split_part(s.step, ' ', 1) = $2)
            and exists (
                select from unnest(p.polroles) r (role)
                where r.role = 0 or pg_has_role('bulkhead_api', r.role, 'usage'))
    )
    select m.step, m.polname, not m.polpermissive, c.path, c.operator, c.clause
    from met m
    cross join lateral app.clauses(m.expression) c
    -- Most policies check a changed row as they did the old one, which says nothing new.
    where m.step <> 'update check' or exists (
        select from met other
        where other.step = m.step and other.admits is distinct from other.expression)
    order by m.at, m.polpermissive, m.polname, c.path;
end;
