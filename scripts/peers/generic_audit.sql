-- A peer: one trigger function for any table, which writes whole rows as jsonb into one table.
create schema peer;

create table peer.record_versions (
    id bigint generated always as identity primary key,
    record_id uuid not null,
    operation text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    table_oid oid not null,
    table_name text not null,
    record jsonb,
    old_record jsonb
);
create index on peer.record_versions (record_id);
create index on peer.record_versions (table_oid);
create index on peer.record_versions using brin (recorded_at);

-- Which record, in any table: the values of its primary key, in one uuid.
create function peer.record_id(of regclass, record jsonb) returns uuid
    language sql stable
    set search_path = ''
begin atomic
    select md5(of::oid || string_agg(record ->> a.attname, ',' order by a.attnum))::uuid
    from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = of and i.indisprimary;
end;

create function peer.record_version() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    after constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    before constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
begin
    insert into peer.record_versions
        (record_id, operation, table_oid, table_name, record, old_record)
    values (peer.record_id(tg_relid, coalesce(after, before)), tg_op, tg_relid,
        tg_table_schema || '.' || tg_table_name, after, before);
    return null;
end
$$;

create trigger t91_generic after insert or update or delete on tenant.documents
    for each row execute function peer.record_version();
