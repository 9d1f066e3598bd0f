-- Sign-ins that came to nothing, for the history of whom they concern.
set local role bulkhead_definer;

-- By a tenant's connection, of somebody who is known (`person`) or not.
create function app.connected_refused(
    tenant uuid, connection uuid, person uuid, code text, request text[]
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
    perform app.count_up($1,
        case when $3 is null then nobody else app.pseudonym_of($1, $3) end,
        app.nowhere(coalesce($3, nobody), nobody, 'session', $5), 'denied',
        case when $4 = 'identity_link_refused' then 'identity.create' else 'session.create' end,
        null, null, json_build_object('code', left($4, 100), 'connection_id', $2)::text, 1, 10);
end
$$;

-- By a way in of the tenant's, or of the platform's own where that is null: nobody knows whose
-- sign-in it was.
create function app.sign_in_failed(tenant uuid, door text, code text, request text[]) returns void
    language sql volatile security definer
    set search_path = ''
begin atomic
    select app.count_up(coalesce($1, n.nobody), n.nobody,
        app.nowhere(n.nobody, n.nobody, 'session', $4), 'denied', 'session.create', null, null,
        json_build_object('code', left($3, 100), 'door', left($2, 100))::text, 1, 10)
    from (values ('00000000-0000-0000-0000-000000000000'::uuid)) n (nobody);
end;

grant execute on function app.sign_in_failed(uuid, text, text, text[]) to bulkhead_identity;
