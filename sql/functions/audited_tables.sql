-- Which tables the history tells of, and how: triggers/audit.sql makes a trigger for each.
set local role bulkhead_definer;

-- Every table that carries data is audited or exempt, each exemption with its reason.
create function app.audited_tables()
    returns table (name regclass, noun text, id text, about text, unaudited text[],
        digested text[], exempt text)
    language sql stable
    set search_path = ''
begin atomic
    select to_regclass(t.name), t.noun, t.id, t.about,
        t.unaudited::text[] || array['version', 'created_by', 'created_at', 'updated_at'],
        t.digested::text[], t.exempt
    from (values
        ('platform.tenants', 'tenant', 'id', '', '{admits}', '{settings}', null),
        ('platform.users', 'user', '', 'id', '{}', '{}', null),
        ('platform.credentials', 'credential', 'id', 'user_id',
            '{hash,payload,user_state,idle_until}', '{}', null),
        ('platform.identities', 'identity', 'id', 'user_id', '{}', '{}', null),
        ('platform.legacy_users', 'legacy_user', '', 'user_id', '{}', '{}', null),
        ('platform.directory_tasks', null, null, null, '{}', '{}',
            'a queue: what comes of it is told of the user'),
        ('platform.bearer_tokens', null, null, null, '{}', '{}', 'the session is told of'),
        ('platform.seal_keys', 'seal_key', '', '', '{inner_pad,outer_pad}', '{}', null),
        ('audit.incarnations', 'incarnation', '', '', '{}', '{}', null),
        ('tenant.roles', 'role', 'id', '', '{tenant_permissions,tenant_state}', '{}', null),
        ('tenant.role_permissions', null, null, null, '{}', '{}',
            'a statement at a time: audit_permissions.sql'),
        ('tenant.members', 'member', '', 'user_id', '{payload,pseudonym,person,given_role_id}',
            '{}', null),
        ('tenant.teams', 'team', 'id', '', '{}', '{}', null),
        ('tenant.team_members', 'team_member', 'id', 'user_id', '{}', '{}', null),
        ('tenant.workspaces', 'workspace', 'id', '', '{}', '{}', null),
        ('tenant.workspace_members', 'workspace_member', 'id', 'user_id', '{}', '{}', null),
        ('tenant.documents', 'document', 'id', '', '{}', '{body,metadata}', null),
        ('tenant.shares', 'share', 'id', 'user_id', '{}', '{}', null),
        ('tenant.audit_webhooks', 'audit_webhook', 'id', '', '{place}', '{url}', null),
        ('tenant.audit_webhook_deliveries', null, null, null, '{}', '{}',
            'each delivery would be an event, and so the next checkpoint to deliver'),
        ('tenant.domains', 'domain', 'id', '',
            '{token,record_until,checked_at,asked_at,due_at,failures}', '{}', null),
        ('tenant.connections', 'connection', 'id', '', '{tested_at,test_problem}',
            '{client_secret}', null),
        ('tenant.connection_roles', 'connection_role', 'id', '', '{}', '{}', null),
        ('tenant.scim_directories', 'scim_directory', 'id', '', '{last_used_at}', '{hash}', null),
        ('tenant.scim_users', 'scim_user', 'id', 'user_id', '{}', '{resource}', null),
        ('tenant.scim_groups', 'scim_group', 'id', '', '{changes}', '{}', null),
        ('tenant.scim_group_members', null, null, null, '{}', '{}',
            'each is a row of tenant.team_members, which leaves an event'),
        ('tenant.join_requests', 'join_request', 'id', 'user_id', '{}', '{}', null),
        ('tenant.invitations', 'invitation', 'id', 'accepted_by', '{hash}', '{email}', null),
        ('tenant.former_members', null, null, null, '{}', '{}',
            'who leaves leaves an event of the member'),
        ('platform.domains', null, null, null, '{}', '{}',
            'a copy of what is verified in tenant.domains'),
        ('tenant.idempotency_keys', null, null, null, '{}', '{}',
            'answers kept for a day: what they answer was recorded'),
        ('platform.credential_uses', null, null, null, '{}', '{}',
            'says nothing but that requests were made'),
        ('platform.sign_ins', null, null, null, '{}', '{}',
            'ten minutes of nobody yet: what comes of it is told'),
        ('platform.link_proofs', null, null, null, '{}', '{}',
            'ten minutes of a wish: what comes of it is told'),
        ('platform.logout_tokens', null, null, null, '{}', '{}',
            'what counts once: the sessions it ends are told'),
        ('platform.permissions', null, null, null, '{}', '{}', 'changed by migrations only'),
        ('platform.builtin_role_permissions', null, null, null, '{}', '{}',
            'changed by migrations only'),
        ('platform.share_permissions', null, null, null, '{}', '{}',
            'changed by migrations only')
    ) as t (name, noun, id, about, unaudited, digested, exempt);
end;
grant execute on function app.audited_tables() to bulkhead_owner;
