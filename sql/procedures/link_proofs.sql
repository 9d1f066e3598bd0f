-- Proofs of a link: somebody who is signed in has come back from a tenant's provider, too, in the
-- same browser. The login becomes theirs once they say so on a page that names both.
set local role bulkhead_definer;

create function app.keep_link_proof(
    proof bytea, browser bytea, person uuid, tenant uuid, connection uuid, issuer text,
    subject text, email text
) returns text
    language sql volatile security definer
    set search_path = ''
begin atomic
    delete from platform.link_proofs p
    where p.proof in (
        select o.proof from platform.link_proofs o where o.expires_at < now()
        order by o.expires_at limit 2
        for update skip locked);
    insert into platform.link_proofs (proof, browser, user_id, tenant_id, connection_id, issuer,
        subject, email)
    values ($1, $2, $3, $4, $5, $6, $7, app.address_in($8));
    select coalesce(u.email, u.display_name) from platform.users u where u.id = $3;
end;

-- Links, for the user whose session it is; why not, else. The proof is used up in any case. What
-- was opened in their name before, but this session, ends: it may not have been theirs.
create function app.confirm_link(proof bytea, browser bytea, session bytea, request text[])
    returns text
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    given platform.link_proofs;
    held platform.credentials;
begin
    delete from platform.link_proofs p where p.proof = $1 returning * into given;
    select c.* into held from platform.credentials c
    where c.hash = $3 and app.holder_of($3) = given.user_id;
    if held.id is null or given.browser <> $2 or given.expires_at <= now() then
        return 'link_over';
    end if;
    -- Whoever disables it meanwhile waits, and then it is not in use.
    perform from tenant.connections c
    join platform.tenants t on t.id = c.tenant_id and t.state = 'active'
    where c.tenant_id = given.tenant_id and c.id = given.connection_id and c.state = 'active'
        and c.issuer = given.issuer
    for share of c;
    if not found then
        return 'connection_unavailable';
    end if;
    perform app.wear(app.nowhere(held.user_id, held.id, 'session', $4));
    insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id, email)
    values (given.tenant_id, given.connection_id, given.issuer, given.subject, given.user_id,
        given.email)
    on conflict do nothing;
    if not found then
        return 'identity_taken';
    end if;
    perform app.end_all(held.user_id, held.id, given.tenant_id);
    perform app.enqueue_canonical(held.user_id);
    return null;
end
$$;

grant execute on function app.keep_link_proof(bytea, bytea, uuid, uuid, uuid, text, text, text),
    app.confirm_link(bytea, bytea, bytea, text[]) to bulkhead_identity;
