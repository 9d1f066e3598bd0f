-- Acts: what the history is told of though nothing changed, by the service's own names.
set local role bulkhead_definer;

-- What may be refused: no act is called otherwise, or anybody could fill the history with words.
-- refusal.count is of those too many to be kept apart.
create function app.acts() returns setof text
    language sql stable
    set search_path = ''
begin atomic
    select noun || '.' || verb
    from unnest(array['api_key', 'audit_checkpoint', 'audit_consistency', 'audit_event',
            'audit_event_proof', 'audit_webhook', 'connection', 'connection_role',
            'connection_secret', 'document', 'domain', 'invitation', 'join_request', 'me',
            'me_invitation', 'me_membership', 'me_tenant', 'member', 'permission', 'role',
            'scim_directory', 'scim_group', 'session', 'share', 'team', 'team_member', 'tenant',
            'workspace', 'workspace_member']) noun,
        unnest(array['list', 'read', 'create', 'update', 'delete']) verb
    union all values ('connection.test'), ('domain.verify'), ('join_request.approve'),
        ('join_request.deny'), ('invitation.accept'), ('invitation.resend'), ('me.switch'),
        ('member.transfer'), ('scim_directory.rotate'), ('audit_event.export'),
        ('audit_event.tail'), ('refusal.count');
end;

-- What of it is told when it succeeds, and by which permission one reads there what is not one's
-- own: whoever does not hold it has read nothing else.
create function app.told_reads() returns table (act text, permission text)
    language sql stable
    set search_path = ''
begin atomic
    values ('audit_event.list', 'audit.read'), ('audit_event.read', 'audit.read'),
        ('audit_event.export', 'audit.read'), ('audit_event.tail', 'audit.read'),
        ('audit_event_proof.read', 'audit.read'),
        ('api_key.list', 'api_key.read'), ('api_key.read', 'api_key.read'),
        ('share.list', 'share.read'), ('share.read', 'share.read');
end;
