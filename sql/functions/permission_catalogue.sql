-- The permission catalogue: what each permission is, and which built-in roles and shares give it.
set local role bulkhead_definer;

-- tenant, workspace: the built-in roles that hold the permission at that level, by initial:
-- o(wner) a(dmin) m(ember) v(iewer) g(uest), u = auditor; null = it means nothing at that level.
-- access: the shares that give it, r(ead) w(rite) m(anage).
create function app.permission_catalogue()
    returns table (name text, tenant text, workspace text, access text, description text)
    language sql immutable
    set search_path = ''
begin atomic
    values
        ('tenant.read', 'oamvgu', null, null, 'See the tenant''s name and settings'),
        ('tenant.update', 'oa', null, null, 'Change the tenant''s name and settings'),
        ('tenant.delete', 'o', null, null, 'Begin closing the tenant'),
        ('break_glass.create', 'o', null, null,
            'Come in past the tenant''s own sign-in, for an hour and for all to see'),
        ('member.read', 'oamvu', null, null, 'See the members of the tenant'),
        ('member.create', 'oa', null, null, 'Add a member'),
        ('member.update', 'oa', null, null, 'Change a member''s name, role or state'),
        ('member.delete', 'oa', null, null, 'Remove a member'),
        ('domain.read', 'oau', null, null, 'See the domains of the tenant'),
        ('domain.create', 'oa', null, null, 'Claim a domain'),
        ('domain.update', 'oa', null, null, 'Set who joins by a domain, and with which role'),
        ('domain.verify', 'oa', null, null, 'Have a domain proved'),
        ('domain.delete', 'oa', null, null, 'Give up a domain'),
        ('join_request.read', 'oau', null, null, 'See who asks to come in'),
        ('join_request.update', 'oa', null, null, 'Let in or turn down who asks to come in'),
        ('invitation.read', 'oau', null, null, 'See who is invited'),
        ('invitation.create', 'oa', null, null, 'Invite somebody by their address'),
        ('invitation.delete', 'oa', null, null, 'Take an invitation back'),
        ('connection.read', 'oau', null, null, 'See the tenant''s own OpenID providers'),
        ('connection.create', 'oa', null, null, 'Connect an OpenID provider'),
        ('connection.update', 'oa', null, null, 'Set a provider, and which roles it gives'),
        ('connection.delete', 'oa', null, null, 'Disconnect an OpenID provider'),
        ('scim_directory.read', 'oau', null, null, 'See what provisions the tenant''s people'),
        ('scim_directory.create', 'oa', null, null, 'Let a directory provision people'),
        ('scim_directory.update', 'oa', null, null,
            'Set a directory and the roles of its groups, and give it another token'),
        ('scim_directory.delete', 'oa', null, null, 'End a directory'),
        ('role.read', 'oamvu', null, null, 'See roles and what they permit'),
        ('role.create', 'oa', null, null, 'Define a role'),
        ('role.update', 'oa', null, null, 'Change a role and what it permits'),
        ('role.delete', 'oa', null, null, 'Remove a role'),
        ('team.read', 'oamvu', null, null, 'See teams and who is in them'),
        ('team.create', 'oa', null, null, 'Found a team'),
        ('team.update', 'oa', null, null, 'Change a team and who is in it'),
        ('team.delete', 'oa', null, null, 'Dissolve a team'),
        ('api_key.read', 'oau', null, null, 'See the API keys of others'),
        ('api_key.create', 'oam', null, null, 'Make API keys for oneself'),
        ('api_key.delete', 'oa', null, null, 'Revoke the API keys of others'),
        ('workspace.create', 'oam', null, null, 'Found a workspace'),
        ('workspace.read', 'oau', 'oamvgu', 'rwm', 'See the workspace'),
        ('workspace.update', 'oa', 'oa', null, 'Rename and describe the workspace'),
        ('workspace.delete', 'oa', 'o', null, 'Delete the workspace with all in it'),
        ('workspace_member.read', 'oau', 'oamvu', null, 'See who is in the workspace'),
        ('workspace_member.create', 'oa', 'oa', null, 'Bring a user or team into the workspace'),
        ('workspace_member.update', 'oa', 'oa', null, 'Change a role in the workspace'),
        ('workspace_member.delete', 'oa', 'oa', null, 'Take a user or team out of the workspace'),
        ('document.read', 'oa', 'oamvg', 'rwm', 'Read documents'),
        ('document.create', 'oa', 'oam', 'wm', 'Write new documents'),
        ('document.update', 'oa', 'oam', 'wm', 'Change documents'),
        ('document.delete', 'oa', 'oam', 'm', 'Delete documents'),
        ('share.read', 'oau', 'oamu', 'm', 'See who something is shared with'),
        ('share.create', 'oa', 'oam', 'm', 'Share a document or the workspace'),
        ('audit.read', 'ou', null, null, 'Read the history of everybody''s acts'),
        ('audit_webhook.read', 'oau', null, null, 'See where the history''s checkpoints are sent'),
        ('audit_webhook.create', 'oa', null, null, 'Have the history''s checkpoints sent to a URL'),
        ('audit_webhook.delete', 'oa', null, null, 'Have them sent no more'),
        ('share.delete', 'oa', 'oa', 'm', 'End the shares of others');
end;
