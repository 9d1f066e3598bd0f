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
        select t.*, a.attname as name_of,
            -- 1.0 and 1.00 are equal in jsonb, and not the same.
            case a.atttypid when 'jsonb'::regtype then '::text' else '' end as cast_of,
            case when a.attname = any (t.digested)
                -- Of a body that stays as it is, none is worked out.
                then format('case when tg_op <> ''UPDATE'' or old.%1$I::text is distinct from '
                    'new.%1$I::text then app.digest(%%s.%1$I::text) end', a.attname)
                else format('%%s.%I', a.attname) end as value
        from app.audited_tables() t
        join pg_attribute a on a.attrelid = t.name and a.attnum > 0 and not a.attisdropped
            and not a.attname = any (t.unaudited)
        where t.name = $1
    ), lists as (
        select string_agg(format('%L, %s', name_of, format(value, 'old')), ', ') as olds,
            string_agg(format('%L, %s', name_of, format(value, 'new')), ', ') as news,
            string_agg(format('case when old.%1$I%2$s is not distinct from new.%1$I%2$s '
                'then %1$L end', name_of, cast_of), ', ') as same,
            string_agg(format('case when old.%1$I%2$s is distinct from new.%1$I%2$s '
                'then %1$L end', name_of, cast_of), ', ') as changed
        from columns
    )
    select format($function$
        create function app.record_%1$s() returns trigger
            language plpgsql volatile security definer
            set search_path = ''
        as $body$
        declare
            nobody constant uuid := '00000000-0000-0000-0000-000000000000';
            context constant text := app.context();
            event constant uuid := platform.uuid_v7();
            outcome constant text := 'ok';
            here uuid; action text; resource uuid; workspace uuid; about uuid; person uuid;
            columns text[]; same text[]; changes text;
        begin
            if tg_op = 'INSERT' then
                changes := json_build_object('after', json_build_object(%2$s));
            elsif tg_op = 'DELETE' then
                changes := json_build_object('before', json_build_object(%3$s));
            else
                columns := array_remove(array[%4$s], null);
                if columns = '{}' then
                    return null;
                end if;
                same := array_remove(array[%11$s], null);
                changes := jsonb_build_object('before', jsonb_build_object(%3$s) - same,
                    'after', jsonb_build_object(%2$s) - same);
            end if;
            if tg_op = 'DELETE' then
                new := old;
            end if;
            here := %5$s;
            action := %6$s || case tg_op when 'INSERT' then '.create' when 'UPDATE' then '.update'
                else '.delete' end;
            resource := %7$s;
            workspace := %8$s;
            person := %9$s;
            if person is not null and person is distinct from substr(context, 75, 32)::uuid then
                about := app.pseudonym_of(here, person);
            end if;
            %10$s;
            return null;
        end
        $body$
        $function$,
        t.noun, l.news, l.olds, l.changed,
        case t.name when 'platform.tenants'::regclass then 'new.id'
            else case when exists (select from pg_attribute a where a.attrelid = t.name
                    and a.attname = 'tenant_id' and not a.attisdropped)
                then 'coalesce(new.tenant_id, nobody)' else 'nobody' end end,
        case t.noun when 'credential' then 'new.kind' else quote_literal(t.noun) end,
        coalesce('new.' || quote_ident(nullif(t.id, '')), 'null'),
        case when exists (select from pg_attribute a where a.attrelid = t.name
                and a.attname = 'workspace_id' and not a.attisdropped)
            then 'new.workspace_id' else 'null' end,
        coalesce('new.' || quote_ident(nullif(t.about, '')), 'null'),
        app.appending(), l.same)
    from app.audited_tables() t, lists l
    where t.name = $1;
end;

do $$
declare
    audited record;
begin
    for audited in select * from app.audited_tables() where exempt is null loop
        execute app.recording(audited.name);
        execute format('grant execute on function app.record_%s() to bulkhead_owner',
            audited.noun);
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
        -- Always: also for a session that plays the replica.
        execute format('alter table %s enable always trigger t90_audit', audited.name);
    end loop;
end
$$;
