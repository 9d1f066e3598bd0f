-- Salts: what hides what is committed to of a person. Of the key store only, which can be another
-- database than the events'.
set local role bulkhead_definer;

-- The salts of persons, as far as there are any.
create function app.known_salts(tenants uuid[], persons uuid[])
    returns table (tenant_id uuid, person uuid, salt bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select s.tenant_id, s.person, s.salt from keystore.salts s
    join unnest($1, $2) as asked (tenant_id, person)
        on s.tenant_id = asked.tenant_id and s.person = asked.person;
end;

-- The same, made where there are none.
create function app.salts_of(tenants uuid[], persons uuid[])
    returns table (tenant_id uuid, person uuid, salt bytea)
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    insert into keystore.salts (tenant_id, person)
    select distinct asked.tenant_id, asked.person
    from unnest($1, $2) as asked (tenant_id, person)
    where not exists (select from keystore.salts s
        where s.tenant_id = asked.tenant_id and s.person = asked.person)
    on conflict do nothing;
    return query select k.* from app.known_salts($1, $2) k;
end
$$;

-- What opens what one event each says of a person, and nothing else, by the place in the question.
create function app.event_keys(tenant uuid, persons uuid[], events uuid[])
    returns table (place bigint, key bytea)
    language sql stable security definer
    set search_path = ''
begin atomic
    select asked.place, app.commitment_key(s.salt, asked.event)
    from unnest($2, $3) with ordinality as asked (person, event, place)
    join keystore.salts s on s.tenant_id = $1 and s.person = asked.person;
end;

grant execute on function app.known_salts(uuid[], uuid[]), app.salts_of(uuid[], uuid[])
    to bulkhead_sealer;
-- Elsewhere the sealer's login opens the key store for both.
grant execute on function app.event_keys(uuid, uuid[], uuid[])
    to bulkhead_sealer, bulkhead_compliance;
