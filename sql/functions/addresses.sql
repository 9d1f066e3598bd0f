-- Addresses: what of somebody's word is an e-mail address, and of which domain.
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
