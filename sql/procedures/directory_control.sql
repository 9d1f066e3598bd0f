-- The directory's queue as the operator sees it: whom nobody tries to tell of, and once more.
set local role bulkhead_definer;

-- Users whom nobody tries to tell of any more, and why.
create function app.list_dead_directory_tasks(after uuid, most integer)
    returns table (user_id uuid, email text, attempts integer, problem text,
        created_at timestamptz)
    language sql stable security definer
    set search_path = ''
begin atomic
    select d.user_id, u.email, d.attempts, d.problem, d.created_at
    from platform.directory_tasks d
    join platform.users u on u.id = d.user_id
    where d.state = 'dead' and ($1 is null or d.user_id > $1)
    order by d.user_id
    limit least(greatest($2, 1), 1000);
end;

-- Tries again for one user, whom it takes on where nobody did; or, without a name, for up to `most`
-- of those given up. How many; null where there is no such user.
create function app.retry_directory_tasks(name text, most integer) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    one constant uuid := app.user_named($1);
    again bigint;
begin
    if $1 is not null then
        if one is null then
            return null;
        end if;
        perform app.enqueue_canonical(one);
    end if;
    update platform.directory_tasks d set state = 'pending', attempts = 0, due_at = now()
    where d.user_id in (
        select o.user_id from platform.directory_tasks o
        where case when one is null then o.state = 'dead' else o.user_id = one end
        order by o.user_id
        limit least(greatest($2, 1), 10000)
        for no key update skip locked);
    get diagnostics again = row_count;
    return again;
end
$$;

grant execute on function
    app.list_dead_directory_tasks(uuid, integer), app.retry_directory_tasks(text, integer)
    to bulkhead_control;
