-- Purging: what has opened nothing for long is not kept. The history keeps that it was there.
set local role bulkhead_definer;

-- Removes up to `most` credentials that ended ninety days ago, with when they were used, of every
-- tenant and of none. For the worker plane.
create function app.purge_credentials(most integer) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    removed integer;
begin
    with old as (
        select c.id from platform.credentials c
        where least(c.revoked_at, c.expires_at) at time zone 'UTC'
            < (now() - interval '90 days') at time zone 'UTC'
        order by least(c.revoked_at, c.expires_at) at time zone 'UTC'
        limit least(greatest($1, 0), 10000)
        for update skip locked
    )
    delete from platform.credentials c using old where c.id = old.id;
    get diagnostics removed = row_count;
    return removed;
end
$$;

grant execute on function app.purge_credentials(integer) to bulkhead_worker;
