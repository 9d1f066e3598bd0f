-- Seal keys: made inside the database, so that no file, log or person ever holds one.
set local role bulkhead_definer;

-- Puts a new key in front. The old one keeps verifying for `grace`, so that transactions already
-- sealed finish; keys past their grace go.
create function app.rotate_seal_key(grace interval default '1 minute') returns text
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    -- 64 random bytes, the block of SHA-256; version and variant bits cost 24 of 512.
    key constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    inner_pad bytea := key;
    outer_pad bytea := key;
    made text;
begin
    lock table platform.seal_keys in share row exclusive mode;
    for i in 0..63 loop
        inner_pad := set_byte(inner_pad, i, get_byte(key, i) # 54); -- ipad 0x36, RFC 2104
        outer_pad := set_byte(outer_pad, i, get_byte(key, i) # 92); -- opad 0x5c
    end loop;
    delete from platform.seal_keys where retires_at < clock_timestamp();
    update platform.seal_keys set retires_at = clock_timestamp() + least(grace, interval '1 hour')
    where retires_at is null;
    insert into platform.seal_keys (kid, inner_pad, outer_pad)
    values (left(encode(uuid_send(gen_random_uuid()), 'hex'), 8), inner_pad, outer_pad)
    returning kid into made;
    return made;
end
$$;

-- Exactly one key seals at any time; the gate counts on it.
create function app.ensure_seal_key() returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    if not exists (select from platform.seal_keys where retires_at is null) then
        perform app.rotate_seal_key();
    end if;
end
$$;

grant execute on function app.rotate_seal_key(interval) to bulkhead_control;
grant execute on function app.ensure_seal_key() to bulkhead_owner;
