-- t10_pseudonym: a member carries the pseudonym that they have in the history, or get it now.
set local role bulkhead_definer;

create function app.copy_pseudonym() returns trigger
    language plpgsql security definer
    set search_path = ''
    set row_security = on -- a restore turns it off
as $$
begin
    new.pseudonym := app.pseudonym_of(new.tenant_id, new.user_id);
    return new;
end
$$;
grant execute on function app.copy_pseudonym() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t10_pseudonym before insert on tenant.members
    for each row execute function app.copy_pseudonym();
