-- The directory outside that is the identity of record: a queue of users whom it is yet to know of.
--
-- A login only leaves a row here. A worker tells the directory, and who has none keeps the rows for
-- the day when there is one: one a user, so that they can not pile up.
set local role bulkhead_definer;

-- Has the directory told of a user, unless it knows them. For functions of the definer alone.
create function app.enqueue_canonical(person uuid) returns void
    language sql volatile
    set search_path = ''
begin atomic
    insert into platform.directory_tasks (user_id)
    select u.id from platform.users u where u.id = $1 and u.canonical_subject is null
    on conflict (user_id) do nothing;
end;

-- Who a user is in the directory. It never changes: whoever is somebody else there is another user.
create function app.set_canonical(person uuid, subject text) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    known text;
begin
    select u.canonical_subject into known from platform.users u where u.id = $1 for update;
    if known <> $2 then
        raise exception 'this user is another in the directory'
            using errcode = '23514', constraint = 'users_canonical_subject_immutable';
    end if;
    update platform.users u set canonical_subject = $2 where u.id = $1 and known is null;
    delete from platform.directory_tasks d where d.user_id = $1;
    return known is null;
end
$$;

-- Up to `most` users who are due, and nobody else's until `lease` is over. Taking one is an
-- attempt, so that whoever dies of it can not do so for ever.
create function app.take_directory_tasks(most integer, lease interval)
    returns table (user_id uuid)
    language sql volatile security definer
    set search_path = ''
begin atomic
    with due as (
        select d.user_id from platform.directory_tasks d
        where d.state = 'pending' and d.due_at <= now()
        order by d.due_at
        limit least(greatest($1, 0), 100)
        for no key update skip locked
    ), taken as (
        update platform.directory_tasks d
        set attempts = d.attempts + 1, due_at = now() + $2,
            state = case when d.attempts >= 30 then 'dead' else 'pending' end
        from due
        where d.user_id = due.user_id
        returning d.user_id, d.state
    )
    select t.user_id from taken t where t.state = 'pending';
end;

-- The directory knows them, by this subject.
create function app.directory_knows(person uuid, subject text) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    -- Only what was asked for: this makes nobody somebody.
    if exists (select from platform.directory_tasks d where d.user_id = $1) then
        perform app.set_canonical($1, $2);
    end if;
end
$$;

-- It does not, and why. `final` is for what no other attempt would change. Who was asked to come
-- again after `wait` has made no attempt. Else each in a row doubles the wait, from ten seconds up
-- to an hour; after thirty, which is about a day, nobody tries any more. Its state from now on.
create function app.directory_failed(person uuid, problem text, final boolean, wait interval)
    returns text
    language sql volatile security definer
    set search_path = ''
begin atomic
    update platform.directory_tasks d
    set problem = left($2, 100),
        state = case when $3 or $4 is null and d.attempts >= 30 then 'dead' else 'pending' end,
        attempts = greatest(d.attempts - ($4 is not null)::integer, 0),
        due_at = clock_timestamp() + case when $4 is null
            then least(interval '10 seconds' * (1 << least(greatest(d.attempts - 1, 0), 9)),
                interval '1 hour') * (0.9 + random() * 0.2)
            else least($4, interval '1 hour') end
    where d.user_id = $1 and d.state = 'pending'
    returning d.state;
end;

-- How many wait, for how many seconds the first has, and how many nobody tries any more.
create function app.directory_queue()
    returns table (pending bigint, oldest_seconds double precision, dead bigint)
    language sql stable security definer
    set search_path = ''
begin atomic
    select count(*) filter (where d.state = 'pending'),
        coalesce(extract(epoch from now() - min(d.created_at) filter (where d.state = 'pending')),
            0)::double precision,
        count(*) filter (where d.state = 'dead')
    from platform.directory_tasks d;
end;

grant execute on function
    app.take_directory_tasks(integer, interval), app.directory_knows(uuid, text),
    app.directory_failed(uuid, text, boolean, interval)
    to bulkhead_worker;
grant execute on function app.directory_queue() to bulkhead_worker, bulkhead_control;
