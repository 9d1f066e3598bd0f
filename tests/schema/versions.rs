//! Rows of every version of the schema, for the test of upgrades.

/// What each migration makes possible, by its version.
pub(super) const ROWS: &[(u32, &str)] = &[
    (
        1,
        "insert into platform.tenants (id, slug, name, settings)
        values ('00000000-0000-0000-0000-00000000000a', 'acme', 'Acme', '{\"a\": 1}');
        insert into platform.tenants (id, slug, name, state)
        values ('00000000-0000-0000-0000-0000000000aa', 'gone', 'Gone', 'suspended')",
    ),
    (
        2,
        "insert into platform.users (id, email, display_name)
        values ('00000000-0000-0000-0000-00000000000b', 'ann@acme.test', 'Ann')",
    ),
    (
        3,
        "insert into platform.credentials (id, kind, hash, user_id, name, expires_at)
        values ('00000000-0000-0000-0000-00000000000c', 'session', sha256('token'),
            '00000000-0000-0000-0000-00000000000b', 'a session', now() + interval '1 day');
        insert into platform.credential_uses values
            ('00000000-0000-0000-0000-00000000000c', now())",
    ),
    (
        4,
        "insert into platform.seal_keys (kid, inner_pad, outer_pad, retires_at)
        values ('0123abcd', decode(repeat('00', 64), 'hex'), decode(repeat('01', 64), 'hex'),
            now() + interval '1 hour')",
    ),
    // Reference data, which every migration makes anew.
    (5, ""),
    (
        6,
        "insert into tenant.roles (tenant_id, id, name)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000d',
            'clerk'),
            ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000dd',
            'clerk')",
    ),
    (
        7,
        "insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            '00000000-0000-0000-0000-00000000000d', 'ann@acme.test', 'Ann')",
    ),
    (
        8,
        "insert into tenant.teams (tenant_id, id, name, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000e',
            'crew', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.team_members (tenant_id, team_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000e',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        9,
        "insert into tenant.workspaces (tenant_id, id, name, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            'plans', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000d')",
    ),
    (
        10,
        "insert into tenant.documents
            (tenant_id, id, workspace_id, title, body, metadata, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000010',
            '00000000-0000-0000-0000-00000000000f', 'roadmap', 'a body', '{\"a\": [1, null]}',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        11,
        "insert into tenant.shares (tenant_id, workspace_id, document_id, user_id, access,
            created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            '00000000-0000-0000-0000-000000000010', '00000000-0000-0000-0000-00000000000b',
            'read', '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        12,
        "insert into tenant.idempotency_keys
            (tenant_id, user_id, key, fingerprint, status, headers, body)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            'retry', sha256('body'), 201, '{}', 'the answer')",
    ),
    // Nothing new: copies of what the tenant and the user say of themselves.
    (13, ""),
    (14, ""),
    (15, ""),
    (16, ""),
    (
        17,
        "insert into keystore.pseudonyms (tenant_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000bb')",
    ),
    (18, ""),
    (
        19,
        "insert into audit.leaves (tenant_id, idx, event_id, hash, commitments)
        values ('00000000-0000-0000-0000-00000000000a', 0, '00000000-0000-0000-0000-00000000000e',
            sha256('leaf'), '');
        insert into audit.trees (tenant_id, size, root, peaks)
        values ('00000000-0000-0000-0000-00000000000a', 1, sha256('leaf'), sha256('leaf'))",
    ),
    (
        20,
        "insert into audit.checkpoints (tenant_id, size, epoch, root, note)
        values ('00000000-0000-0000-0000-00000000000a', 1, 0, sha256('leaf'), 'a note')",
    ),
    (
        21,
        "insert into keystore.salts (tenant_id, person)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000bb')",
    ),
    (
        22,
        "insert into keystore.tallies (tenant_id, actor, outcome, action, untold)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            'denied', 'document.read', 7)",
    ),
    (23, "insert into audit.cosignatures values ('w', 0, 'n')"),
    (
        24,
        "insert into keystore.tallies (tenant_id, actor, outcome, action, untold)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            'denied', 'document.read', 8)",
    ),
    // An index.
    (25, ""),
    (
        26,
        "insert into tenant.audit_webhooks (tenant_id, id, place, url, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000c0',
            1, 'https://hooks.example/', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.audit_webhook_deliveries
            (tenant_id, webhook_id, delivered_size, next_at)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000c0',
            7, now())",
    ),
    (
        27,
        "insert into platform.identities (connection_id, issuer, subject, user_id)
        values ('00000000-0000-0000-0000-000000000000', 'https://issuer.test', 's',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        28,
        "insert into platform.credentials
            (kind, hash, user_id, name, expires_at, host, idle, idle_until)
        values ('session', sha256('a cookie'), '00000000-0000-0000-0000-00000000000b', 'sign-in',
            now() + interval '1 day', 'acme.example.com', '1 hour', now() + interval '1 hour')",
    ),
    (
        29,
        "insert into platform.sign_ins
            (state, browser, host, door, issuer, nonce, verifier, redirect_uri, return_to)
        values (sha256('s'), sha256('b'), 'h', 'd', 'i', 'n', 'v', 'r', '/')",
    ),
    (
        30,
        "insert into tenant.domains (tenant_id, id, name, role_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000011',
            'acme.example', '00000000-0000-0000-0000-00000000000d');
        insert into platform.domains (name, tenant_id, domain_id)
        values ('acme.example', '00000000-0000-0000-0000-00000000000a',
            '00000000-0000-0000-0000-000000000011')",
    ),
    (
        31,
        "insert into tenant.join_requests (tenant_id, domain_id, user_id, email, display_name)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000011',
            '00000000-0000-0000-0000-00000000000b', 'ann@acme.example', 'Ann');
        insert into tenant.former_members (tenant_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        32,
        "insert into tenant.connections (tenant_id, id, name, issuer, client_id, role_id,
            created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000020',
            'Acme', 'https://id.acme.example', 'bulkhead',
            '00000000-0000-0000-0000-00000000000d', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.connection_roles (tenant_id, connection_id, claim, value, role_id,
            created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000020',
            'groups', 'staff', '00000000-0000-0000-0000-00000000000d',
            '00000000-0000-0000-0000-00000000000b');
        insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000020',
            'https://id.acme.example', 's', '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        33,
        "insert into platform.link_proofs (proof, browser, user_id, tenant_id, connection_id,
            issuer, subject)
        values (sha256('p'), sha256('b'), '00000000-0000-0000-0000-00000000000b',
            '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000020', 'i',
            's');
        insert into platform.logout_tokens (connection_id, jti, expires_at)
        values ('00000000-0000-0000-0000-000000000020', sha256('j'), now())",
    ),
    (
        36,
        "insert into tenant.scim_directories
            (tenant_id, id, name, role_id, hash, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000036',
            'entra', '00000000-0000-0000-0000-00000000000d', sha256('a scim token'),
            '00000000-0000-0000-0000-00000000000b');
        insert into tenant.scim_users
            (tenant_id, id, directory_id, user_id, user_name, resource, made, joined, role_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000136',
            '00000000-0000-0000-0000-000000000036', '00000000-0000-0000-0000-00000000000b',
            'ann', '{\"userName\": \"ann\"}', false, false,
            '00000000-0000-0000-0000-00000000000d')",
    ),
    (
        37,
        "insert into tenant.scim_groups (tenant_id, id, directory_id, team_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000037',
            '00000000-0000-0000-0000-000000000036', '00000000-0000-0000-0000-00000000000e');
        insert into tenant.scim_group_members
            (tenant_id, group_id, scim_user_id, team_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000037',
            '00000000-0000-0000-0000-000000000136', '00000000-0000-0000-0000-00000000000e',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        38,
        "insert into tenant.invitations (tenant_id, email, role_id, invited_by, hash)
        values ('00000000-0000-0000-0000-00000000000a', 'new@acme.example',
            '00000000-0000-0000-0000-00000000000d', '00000000-0000-0000-0000-00000000000b',
            sha256('an invitation'))",
    ),
    (
        39,
        "insert into platform.credentials
            (kind, hash, user_id, name, expires_at, chosen_tenant_id)
        values ('session', sha256('a switch'), '00000000-0000-0000-0000-00000000000b', 'sign-in',
            now() + interval '1 day', '00000000-0000-0000-0000-00000000000a')",
    ),
    (
        40,
        "update platform.users set canonical_subject = 'did:x:ann'
            where id = '00000000-0000-0000-0000-00000000000b';
        insert into platform.legacy_users (source, legacy_id, user_id)
        values ('old', '7', '00000000-0000-0000-0000-00000000000b');
        insert into platform.directory_tasks (user_id, problem)
        values ('00000000-0000-0000-0000-00000000000b', 'slow')",
    ),
    (
        41,
        "insert into platform.bearer_tokens (signed, credential_id, user_id, expires_at)
        values (sha256('signed'), '00000000-0000-0000-0000-00000000000c',
            '00000000-0000-0000-0000-00000000000b', now() + interval '1 hour')",
    ),
    // An index alone.
    (42, ""),
    (
        43,
        "update tenant.scim_directories set answered_by = '00000000-0000-0000-0000-00000000000b'",
    ),
];
