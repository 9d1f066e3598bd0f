-- Refusals and reads: what leaves an event though it changes nothing. The service says so, each in
-- a transaction of its own, which no rollback of the request takes along.
set local role bulkhead_definer;

-- Records that the caller has read `thing`, or a list by what they `asked` (JSON). Who, and whose
-- it was, the context and the row say.
create function app.record_read(act text, thing uuid, asked text) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    here constant uuid := app.tenant_id();
    whose uuid;
    about uuid;
    needed text;
begin
    select r.permission into needed from app.told_reads() r where r.act = $1;
    if needed is null then
        raise exception 'no such read is told' using errcode = '22023', constraint = 'read_known';
    elsif not app.holds(needed) then
        return;
    end if;
    select o.person into whose
    from (
        select c.user_id from platform.credentials c
        where $1 = 'api_key.read' and c.tenant_id = here and c.id = $2
        union all
        select s.user_id from tenant.shares s
        where $1 = 'share.read' and s.tenant_id = here and s.id = $2
    ) o (person);
    if whose = app.user_id() then
        return;
    elsif whose is not null then
        about := app.pseudonym_of(here, whose);
    end if;
    perform app.count_up(here, app.pseudonym(), app.context(), 'ok', $1, $2, about,
        case when $3 is null then null
            when octet_length($3) > 4000 then json_build_object('asked', app.digest($3))
            else json_build_object('asked', $3::jsonb) end::text, 1, 60);
end
$$;

-- Records refusals, each {credential, tenant, act, thing, code, request, times}: credential is the
-- SHA-256 in hex, request as in a context. Who was refused is whoever holds the credential, good or
-- not, for nobody else knows its hash. It goes into the history of the key's own tenant, or of the
-- one that was meant if its holder is in it, active or not; else into the platform's own.
--
-- Answers how many of them named no credential that exists: made-up ones leave no event. Where one
-- has to wait for another transaction, it soon fails, and the service tells the others without it.
create function app.record_refusals(refusals jsonb) returns bigint
    language plpgsql volatile security definer
    set search_path = '' set lock_timeout = '500ms'
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    refused record;
    strangers bigint := 0;
begin
    for refused in
        select coalesce(c.tenant_id, m.tenant_id, nobody) as here, c.user_id, c.id as credential_id,
            c.kind, a.credential, a.act, left(a.code, 100) as code,
            -- Of a person no id, but the pseudonym.
            case when a.act not like 'member.%' then a.thing end as thing,
            case when o.user_id <> c.user_id then o.pseudonym end as about,
            greatest(1, least(coalesce(a.times, 1), 1000000000)) as times, a.request
        from jsonb_to_recordset($1) as a (credential text, tenant uuid, act text, thing uuid,
            code text, request text[], times bigint)
        left join platform.credentials c on c.hash = decode(a.credential, 'hex')
        left join tenant.members m on m.tenant_id = a.tenant and m.user_id = c.user_id
        left join tenant.members o on o.tenant_id = coalesce(c.tenant_id, m.tenant_id)
            and o.user_id = a.thing and a.act like 'member.%'
        -- Everybody takes their locks in one order.
        order by 1, c.user_id, a.act, c.id
    loop
        if refused.act is null or refused.act not in (select app.acts()) then
            raise exception 'no such act' using errcode = '22023', constraint = 'act_known';
        elsif refused.credential is null then
            perform app.count_up(nobody, nobody, null, 'denied', 'refusal.count', null, null, null,
                refused.times, 10);
        elsif refused.credential_id is null then
            strangers := strangers + refused.times;
        else
            -- Of no tenant: then the pseudonym is looked up.
            perform app.count_up(refused.here, app.pseudonym_of(refused.here, refused.user_id),
                app.nowhere(refused.user_id, refused.credential_id, refused.kind, refused.request),
                'denied', refused.act, refused.thing, refused.about,
                json_build_object('code', refused.code)::text, refused.times, 10);
        end if;
    end loop;
    return strangers;
end
$$;

grant execute on function app.record_read(text, uuid, text), app.record_refusals(jsonb)
    to bulkhead_api;
