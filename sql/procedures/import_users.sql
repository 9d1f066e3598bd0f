-- Import: people of another system become users here, who are themselves when they next come. The
-- same line twice is one user: they are found by what the source called them.
set local role bulkhead_definer;

-- Who one legacy user is here; made, where they are nobody yet. What is wrong with them is raised.
create function app.import_user(source text, said jsonb, out who uuid, out done text)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    address constant text := said ->> 'email';
    -- As signing in has it: what is not ASCII might lead to somebody else.
    proven constant text := case when (said ->> 'email_verified')::boolean
        and address ~ '^[!-?A-~]+@[A-Za-z0-9.-]+$' collate "C" then address end;
    subject constant text := said ->> 'canonical_subject';
    born constant timestamptz := coalesce((said ->> 'created_at')::timestamptz, now());
    found_here uuid[];
    added integer;
    more integer;
begin
    if address !~ '^[^@\s]+@[^@\s]+$' then
        raise exception 'no address' using errcode = '23514', constraint = 'users_email_format';
    elsif born > now() then
        raise exception 'not yet' using errcode = '23514', constraint = 'users_created_at_past';
    end if;
    select l.user_id into who from platform.legacy_users l
    where l.source = $1 and l.legacy_id = said ->> 'legacy_id';
    -- Signing in takes these locks, too: who comes meanwhile is found, or finds.
    perform pg_advisory_xact_lock(hashtextextended(concat(i.issuer, ' ', i.subject), 0))
    from jsonb_to_recordset(said -> 'identities') as i (issuer text, subject text)
    order by i.issuer, i.subject;
    select array_agg(distinct k.id) into found_here from (
        select who as id where who is not null
        union all
        -- One by one, by their key, however many there are by now.
        select k.user_id
        from jsonb_to_recordset(said -> 'identities') as i (issuer text, subject text),
            lateral (
                select n.user_id from platform.identities n
                where n.tenant_id is null and n.connection_id = nobody and n.issuer = i.issuer
                    and n.subject = i.subject
                limit 1) k
        union all
        select u.id from platform.users u where u.canonical_subject = subject) k;
    if cardinality(found_here) > 1 then
        raise exception 'these are several users here'
            using errcode = '23505', constraint = 'identities_user_id_same';
    end if;
    done := case when who is null then 'linked' else 'unchanged' end;
    who := found_here[1];
    if who is null and proven is not null then
        select u.id into who from platform.users u where lower(u.email) = lower(proven) for update;
        -- Whoever was only entered by their address is awaited; anybody else is not to be taken.
        if exists (select from platform.identities i where i.user_id = who)
            or exists (select from platform.legacy_users l where l.user_id = who)
        then
            raise exception 'this address is another user''s'
                using errcode = '23505', constraint = 'users_email_unique';
        end if;
    end if;
    if who is null then
        insert into platform.users (email, display_name, created_at)
        values (proven, app.name_of(said ->> 'display_name', address), born)
        returning id into who;
        done := 'created';
    end if;
    insert into platform.legacy_users (source, legacy_id, user_id, email)
    values ($1, said ->> 'legacy_id', who, address)
    on conflict do nothing;
    insert into platform.identities (connection_id, issuer, subject, user_id)
    select distinct nobody, i.issuer, i.subject, who
    from jsonb_to_recordset(said -> 'identities') as i (issuer text, subject text)
    on conflict on constraint identities_subject_unique do nothing;
    get diagnostics added = row_count;
    if subject is not null and app.set_canonical(who, subject) or added > 0 then
        done := case done when 'unchanged' then 'updated' else done end;
    end if;
end
$$;

-- Up to a thousand of them, each for itself: what is refused keeps nobody else out. A dry run does
-- it, and undoes it. Imports take turns: of one that was killed, the last batch may be under way.
create function app.import_users(source text, users jsonb, dry_run boolean)
    returns table (line bigint, outcome text, code text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    said jsonb;
    rule text;
    told jsonb := '[]';
begin
    perform pg_advisory_xact_lock(hashtextextended('app.import_users', 0));
    begin
        for said in select e from jsonb_array_elements($2) e limit 1000 loop
            rule := null;
            begin
                outcome := (select i.done from app.import_user($1, said) i);
            exception when integrity_constraint_violation or data_exception then
                get stacked diagnostics rule = constraint_name;
                outcome := 'refused';
            end;
            told := told || jsonb_build_object('line', said -> 'line', 'outcome', outcome, 'code',
                coalesce(nullif(rule, ''), case outcome when 'refused' then 'malformed' end));
        end loop;
        if $3 then
            raise exception 'nothing of this is to stay' using errcode = 'BHDRY';
        end if;
    exception when sqlstate 'BHDRY' then
        null;
    end;
    return query
        select t.line, t.outcome, t.code
        from jsonb_to_recordset(told) as t (line bigint, outcome text, code text);
end
$$;

grant execute on function app.import_users(text, jsonb, boolean) to bulkhead_control;
