-- One user, as the operator sees them: by what else they are known.
set local role bulkhead_definer;

-- By address or id; or, where a source is named, by what that called them.
create function app.show_user(name text, source text)
    returns table (user_id uuid, email text, display_name text, state text,
        canonical_subject text, created_at timestamptz, personal_tenant text, legacy jsonb,
        identities jsonb)
    language sql stable security definer
    set search_path = ''
begin atomic
    select u.id, u.email, u.display_name, u.state, u.canonical_subject, u.created_at,
        (select t.slug from platform.tenants t where t.personal_user_id = u.id),
        (
            select coalesce(jsonb_agg(jsonb_build_object('source', l.source, 'legacy_id',
                l.legacy_id, 'email', l.email) order by l.source, l.legacy_id), '[]')
            from platform.legacy_users l where l.user_id = u.id),
        (
            select coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer, 'subject',
                i.subject) order by i.id), '[]')
            from platform.identities i where i.user_id = u.id)
    from platform.users u
    where u.id = case when $2 is null then app.user_named($1) else (
        select l.user_id from platform.legacy_users l
        where l.source = $2 and l.legacy_id = $1) end;
end;

grant execute on function app.show_user(text, text) to bulkhead_control;
