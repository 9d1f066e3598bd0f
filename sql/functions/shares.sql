-- Shares in force: those that give `me` `permission`, directly or through a team, and have not
-- expired. Executable by the definer alone, since it believes its arguments.
set local role bulkhead_definer;

create function app.shares_with(permission text, here uuid, me uuid)
    returns table (workspace_id uuid, document_id uuid)
    language plpgsql stable parallel restricted rows 20
as $$
#variable_conflict use_column
begin
    return query
        select s.workspace_id, s.document_id
        from tenant.shares s
        where s.tenant_id operator(pg_catalog.=) here
            and s.user_id operator(pg_catalog.=) me
            and s.access operator(pg_catalog.=) any (select a.access from platform.share_permissions a
                where a.permission operator(pg_catalog.=) $1)
            and (s.expires_at is null
                or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp())
        union all
        select s.workspace_id, s.document_id
        from tenant.team_members t
        join tenant.shares s on s.tenant_id operator(pg_catalog.=) here
            and s.team_id operator(pg_catalog.=) t.team_id
        where t.tenant_id operator(pg_catalog.=) here and t.user_id operator(pg_catalog.=) me
            and s.access operator(pg_catalog.=) any (select a.access from platform.share_permissions a
                where a.permission operator(pg_catalog.=) $1)
            and (s.expires_at is null
                or s.expires_at operator(pg_catalog.>) pg_catalog.clock_timestamp());
end
$$;
