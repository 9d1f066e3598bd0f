-- t30_team: whoever gives a team something, and whoever lets somebody into it, take turns. At once,
-- neither would see the other's row, and somebody would get what nobody could have given them.
set local role bulkhead_definer;

create function app.queue_for_team() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform from tenant.teams t
    where t.tenant_id = new.tenant_id and t.id = new.team_id
    for no key update;
    return new;
end
$$;
grant execute on function app.queue_for_team() to bulkhead_owner;

set local role bulkhead_owner;
do $$
declare
    given text;
begin
    foreach given in array array['team_members', 'workspace_members', 'shares'] loop
        execute format('create trigger t30_team before insert on tenant.%I for each row '
            'when (new.team_id is not null) execute function app.queue_for_team()', given);
    end loop;
end
$$;
