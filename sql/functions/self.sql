-- Self: what is the caller's own, whatever their role.
--
-- Names are qualified instead of `set search_path` for speed: see context.sql.
set local role bulkhead_definer;

-- The caller's own id while everything that admits them still stands.
create function app.member_id() returns uuid
    language plpgsql stable parallel restricted security definer
as $$
declare
    context constant pg_catalog.text := app.context();
begin
    if app.live_role(context, null) is null then
        return null;
    end if;
    return app.user_id();
end
$$;

-- The same for what people do to rows that are theirs, such as leaving: null for a credential with
-- scopes, since no permission names these acts and so no scope lets them through.
create function app.self_id() returns uuid
    language plpgsql stable parallel restricted
as $$
begin
    if pg_catalog.substr(app.context(), 74, 1) operator(pg_catalog.=) 'a' then
        return app.member_id();
    end if;
    return null;
end
$$;

-- By which the history knows the caller, for reading what they did themselves.
create function app.own_pseudonym() returns uuid
    language plpgsql stable parallel restricted
as $$
begin
    if app.self_id() is not null then
        return app.pseudonym();
    end if;
    return null;
end
$$;

grant execute on function app.member_id(), app.self_id(), app.own_pseudonym() to bulkhead_api;
