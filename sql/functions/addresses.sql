-- Addresses: what of somebody's word is an e-mail address, of which domain, and whose.
set local role bulkhead_definer;

-- The address, if it is one. What is none is no reason to refuse a sign-in.
create function app.address_in(said text) returns text
    language sql immutable
    return case when $1 ~ '^[^@\s]+@[^@\s]+$' and length($1) <= 320 then $1 end;

-- The same, if it can be nobody else's: other letters than ASCII's are folded by the server's
-- locale, and might lead to anybody.
create function app.plain_address_in(said text) returns text
    language sql immutable
    return case when app.address_in($1) ~ '^[!-?A-~]+@[A-Za-z0-9.-]+$' collate "C" then $1 end;

-- Its domain, as platform.domains has it.
create function app.domain_of(email text) returns text
    language sql immutable
    return lower(substring(app.address_in($1) from '^[^@\s]+@([^@\s]+)$') collate "C");

-- Whether this tenant has proved that it owns the address's domain.
create function app.owns_address(tenant uuid, email text) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select exists (
        select from platform.domains held
        where held.tenant_id = $1 and held.name = app.domain_of(app.plain_address_in($2)));
end;

-- Whether an address is another tenant's to give.
create function app.is_anothers(tenant uuid, email text) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select exists (
        select from platform.domains held
        where held.tenant_id <> $1 and held.name = app.domain_of($2));
end;

-- Whether somebody else than this tenant knows the user by a login: one of another tenant's
-- connections, or, if `own_only`, any but this tenant's.
create function app.known_elsewhere(tenant uuid, person uuid, own_only boolean) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select exists (
        select from platform.identities i
        where i.user_id = $2
            and case when i.tenant_id is null then $3
                -- By a connection that is gone nobody is known any more.
                else i.tenant_id <> $1 and exists (
                    select from tenant.connections c
                    where c.tenant_id = i.tenant_id and c.id = i.connection_id) end);
end;

-- Whether a connection's provider, as it is now, knows the user by a login.
create function app.known_at(tenant uuid, connection uuid, person uuid) returns boolean
    language sql stable
    set search_path = ''
begin atomic
    select exists (
        select from platform.identities i
        join tenant.connections c on c.tenant_id = i.tenant_id and c.id = i.connection_id
            and c.issuer = i.issuer
        where i.user_id = $3 and i.tenant_id = $1 and i.connection_id = $2);
end;
