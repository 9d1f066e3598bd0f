-- t10_answered, t20_provisioned, t30_provisioned, t40_scim_blocked: who answers for a directory,
-- and what is a directory's alone: who is in its teams, and to let in whom it has blocked.
set local role bulkhead_definer;

-- Whether the transaction speaks for a directory; null for no.
create function app.acting_directory() returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select case when substr(app.context(), 203, 1) = 'd' then app.credential_id() end;
end;

-- Whether the transaction speaks for a person or for what acts for them, and for no directory.
create function app.acts_for_person() returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select app.tenant_id() is not null and app.acting_directory() is null;
end;

-- Whoever makes a directory has its token.
create function app.answer_for() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    new.answered_by := app.user_id();
    return new;
end
$$;

-- Places in a team that a directory keeps give what its groups give, so they are given and taken
-- by the directory alone. They go with the member, and with the team.
create function app.keep_provisioned() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    place constant tenant.team_members := case tg_op when 'DELETE' then old else new end;
begin
    if app.acts_for_person()
        and exists (
            select from tenant.scim_groups g
            join tenant.teams t on t.tenant_id = g.tenant_id and t.id = g.team_id
            join tenant.members m on m.tenant_id = g.tenant_id and m.user_id = place.user_id
            where g.tenant_id = place.tenant_id and g.team_id = place.team_id)
    then
        raise exception 'a directory says who is in this team'
            using errcode = '55000', constraint = 'team_members_provisioned';
    end if;
    return place;
end
$$;

-- Only what a directory has itself blocked is its to let in: whoever else changes the state since
-- has the word.
create function app.mark_blocked() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    blocker constant uuid := case when new.state = 'deactivated' then app.acting_directory() end;
begin
    update tenant.scim_users su
    set blocked = coalesce(su.directory_id = blocker, false)
    where su.tenant_id = new.tenant_id and su.user_id = new.user_id
        and su.blocked <> coalesce(su.directory_id = blocker, false);
    return null;
end
$$;
grant execute on function app.answer_for(), app.keep_provisioned(), app.mark_blocked()
    to bulkhead_owner;

set local role bulkhead_owner;
create trigger t10_answered before insert on tenant.scim_directories for each row
    when (new.answered_by is null) execute function app.answer_for();
-- Of who comes, after the policies: before them it would tell strangers which teams are a
-- directory's. Of who goes, before what goes with their place.
create trigger t20_provisioned before delete on tenant.team_members
    for each row execute function app.keep_provisioned();
create trigger t30_provisioned after insert on tenant.team_members
    for each row execute function app.keep_provisioned();
create trigger t40_scim_blocked after update on tenant.members for each row
    when (old.state is distinct from new.state) execute function app.mark_blocked();
