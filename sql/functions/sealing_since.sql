-- Sealing since: the age of the key that seals is for doctor to judge; the key itself stays here.
set local role bulkhead_definer;

create function app.sealing_since() returns timestamptz
    language sql stable security definer
    set search_path = ''
begin atomic
    select k.created_at from platform.seal_keys k where k.retires_at is null;
end;

grant execute on function app.sealing_since() to bulkhead_owner, bulkhead_api, bulkhead_control;
