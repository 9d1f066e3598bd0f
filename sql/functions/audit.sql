-- Audit: when an event was, whom it speaks of, and what it says of what is too long for it.
set local role bulkhead_definer;

-- The first UUIDv7 of a moment: where a range of events, or a partition, begins.
create function app.first_id(at timestamptz) returns uuid
    language sql immutable
    return (lpad(to_hex(greatest(0, least((extract(epoch from at) * 1000)::bigint,
        281474976710655))), 12, '0') || repeat('0', 20))::uuid;

-- The moment of a UUIDv7, to the millisecond.
create function app.moment_of(id uuid) returns timestamptz
    language sql immutable
    return to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);

-- The pseudonym of a person in a tenant, or of the tenant itself for the nil user; made when first
-- asked for.
create function app.pseudonym_of(here uuid, person uuid) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    found_one uuid;
begin
    loop
        select p.pseudonym into found_one from keystore.pseudonyms p
        where p.tenant_id = here and p.user_id = person;
        exit when found;
        insert into keystore.pseudonyms (tenant_id, user_id) values (here, person)
        on conflict do nothing;
    end loop;
    return found_one;
end
$$;

-- What is too long for a history, or nobody's business in it.
create function app.digest(value text) returns json
    language sql immutable
    return json_build_object('sha256', encode(sha256(convert_to(value, 'UTF8')), 'hex'),
        'octets', octet_length(value));

grant execute on function app.first_id(timestamptz) to bulkhead_owner, bulkhead_api;
grant execute on function app.moment_of(uuid) to bulkhead_owner;
