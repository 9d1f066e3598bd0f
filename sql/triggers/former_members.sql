-- t40_former: whoever leaves or is taken out is remembered until somebody brings them back, so that
-- their domain does not; and what they held for this tenant alone ends, so that it does not come
-- back with them.
set local role bulkhead_definer;

create function app.remember_leaving() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        insert into tenant.former_members (tenant_id, user_id)
        values (old.tenant_id, old.user_id)
        on conflict do nothing;
        update platform.credentials c set revoked_at = now()
        where c.tenant_id = old.tenant_id and uuid_send(c.user_id) = uuid_send(old.user_id)
            and c.revoked_at is null;
    else
        delete from tenant.former_members f
        where f.tenant_id = new.tenant_id and f.user_id = new.user_id;
    end if;
    return null;
end
$$;
grant execute on function app.remember_leaving() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t40_former after insert or delete on tenant.members
    for each row execute function app.remember_leaving();
