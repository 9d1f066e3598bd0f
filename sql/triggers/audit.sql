-- t90_audit: every change of a row becomes an event, in the same transaction.
--
-- A function for each table, written here from its columns: faster than one that turns any row into
-- JSON and compares that.
set local role bulkhead_definer;

-- The function that records the changes of one table.
create function app.recording(audited regclass) returns text
    language sql stable
    set search_path = ''
begin atomic
    with columns as (
        select a.attname as name, a.attnum as at, app.exactly(a.attname, a.atttypid) as exactly,
            -- A member of a JSON object, as arguments of concat(). A uuid needs no escapes.
            format(case when a.attname = any (t.digested) then '%L, app.digest(%%s.%I::text)'
                when a.atttypid = 'uuid'::regtype and a.attnotnull then '%L, ''"'', %%s.%I, ''"'''
                when a.attnotnull then '%L, to_json(%%s.%I)'
                else '%L, coalesce(to_json(%%s.%I), ''null'')' end,
                format(',"%s":', a.attname), a.attname) as member
        from app.audited_tables() t
        join pg_attribute a on a.attrelid = t.name and a.attnum > 0 and not a.attisdropped
            and not a.attname = any (t.unaudited)
        where t.name = $1
    ), lists as (
        -- Without the first comma.
        select overlay(string_agg(format(member, 'old'), ', ' order by at) placing '' from 2 for 1)
                as olds,
            overlay(string_agg(format(member, 'new'), ', ' order by at) placing '' from 2 for 1)
                as news,
            string_agg(format($column$
                if old.%1$s is distinct from new.%1$s then
                    columns := columns || %2$L::text;
                    olds := concat(olds, %3$s);
                    news := concat(news, %4$s);
                end if;$column$,
                exactly, name, format(member, 'old'), format(member, 'new')), '' order by at)
                as changed
        from columns
    )
    select app.recorder(t.noun, format($body$
            if tg_op = 'INSERT' then
                action := %4$s || '.create';
                changes := concat('"after":{', %1$s, '}');
            elsif tg_op = 'DELETE' then
                new := old;
                action := %4$s || '.delete';
                changes := concat('"before":{', %2$s, '}');
            else
                %3$s
                if columns is null then
                    return null;
                end if;
                action := %4$s || '.update';
                changes := concat('"before":{', substr(olds, 2), '},"after":{', substr(news, 2),
                    '}');
            end if;
            event := platform.uuid_v7();
            here := %5$s;
            resource := %6$s;
            workspace := %7$s;
            %8$s
            %9$s
        $body$,
        l.news, l.olds, l.changed, k.noun,
        case t.name when 'platform.tenants'::regclass then 'new.id'
            else case when exists (select from pg_attribute a where a.attrelid = t.name
                    and a.attname = 'tenant_id' and not a.attisdropped)
                then 'coalesce(new.tenant_id, ' || n.nobody || ')' else n.nobody end end,
        coalesce('new.' || quote_ident(nullif(t.id, '')), 'null'),
        case when exists (select from pg_attribute a where a.attrelid = t.name
                and a.attname = 'workspace_id' and not a.attisdropped)
            then 'new.workspace_id' else 'null' end,
        case when t.about <> '' then format('if new.%1$I is not null '
            'and new.%1$I is distinct from substr(context, 75, 32)::uuid then '
            'about := app.pseudonym_of(here, new.%1$I); end if;', t.about) end,
        app.appending(k.noun, '''ok''', '1') || app.detailing()))
    from app.audited_tables() t, lists l, lateral (values (
        case t.noun when 'credential' then 'new.kind' else quote_literal(t.noun) end)) k (noun),
        (values ($$'00000000-0000-0000-0000-000000000000'$$)) n (nobody)
    where t.name = $1;
end;

do $$
declare
    audited record;
begin
    for audited in select * from app.audited_tables() where exempt is null loop
        execute app.recording(audited.name);
    end loop;
end
$$;

set local role bulkhead_owner;
do $$
declare
    audited record;
begin
    for audited in select * from app.audited_tables() where exempt is null loop
        execute format('create trigger t90_audit after insert or update or delete on %s '
            'for each row execute function app.record_%s()', audited.name, audited.noun);
    end loop;
end
$$;
