//! The table of contents of `sql/`: every definition, in the order of application.
//!
//! A file may use what stands above it. `tests/schema/` asserts that nothing under `sql/`
//! is missing here.

use sha2::{Digest, Sha256};

macro_rules! texts {
    ($($path:literal,)+) => { &[$(($path, include_str!(concat!("../../sql/", $path)))),+] };
}

/// Before the migrations, and not disposable: roles are cluster-wide, schemas hold tables.
pub const GROUND: &[(&str, &str)] = texts!["roles.sql", "schemas.sql",];

/// After the migrations, rebuilt as a whole: functions answer, procedures act, triggers watch,
/// policies admit.
pub const DEFINITIONS: &[(&str, &str)] = texts![
    "app.sql",
    "review.sql",
    "functions/seal.sql",
    "functions/context.sql",
    "functions/permission_catalogue.sql",
    "functions/reach.sql",
    "functions/permissions.sql",
    "functions/self.sql",
    "functions/parameter.sql",
    "functions/grants.sql",
    "functions/handing_on.sql",
    "functions/enter.sql",
    "functions/resolve.sql",
    "functions/roles.sql",
    "functions/idempotency.sql",
    "functions/domains.sql",
    "functions/audit.sql",
    "functions/recorder.sql",
    "functions/audited_tables.sql",
    "functions/ledger.sql",
    "functions/salts.sql",
    "functions/tell.sql",
    "functions/tallies.sql",
    "functions/acts.sql",
    "functions/refusals.sql",
    "functions/proofs.sql",
    "partitions.sql",
    "functions/me.sql",
    "functions/sessions.sql",
    "functions/scim.sql",
    "functions/scim_people.sql",
    "functions/clauses.sql",
    "functions/sealing_since.sql",
    "procedures/seal_keys.sql",
    "procedures/sync_permissions.sql",
    "procedures/control.sql",
    "procedures/credentials.sql",
    "procedures/members.sql",
    "procedures/domains.sql",
    "procedures/enrolment.sql",
    "procedures/join_requests.sql",
    "procedures/newcomers.sql",
    "procedures/sign_in.sql",
    "procedures/pending_sign_ins.sql",
    "procedures/scim_users.sql",
    "procedures/scim_removal.sql",
    "procedures/scim_groups.sql",
    "procedures/scim_reads.sql",
    "procedures/scim_directories.sql",
    "procedures/workspaces.sql",
    "procedures/explain.sql",
    "procedures/sealing.sql",
    "procedures/incarnations.sql",
    "procedures/epochs.sql",
    "procedures/anchors.sql",
    "procedures/audit_webhooks.sql",
    "procedures/cosignatures.sql",
    "procedures/verification.sql",
    "procedures/export_events.sql",
    "procedures/erase_history.sql",
    "procedures/expire_history.sql",
    "procedures/expire_months.sql",
    "functions/audit_verify.sql",
    "triggers/touch.sql",
    "triggers/immutable.sql",
    "triggers/domain_limit.sql",
    "triggers/domain_role.sql",
    "triggers/former_members.sql",
    "triggers/last_owner.sql",
    "triggers/members.sql",
    "triggers/move_document.sql",
    "triggers/role_permissions.sql",
    "triggers/role_state.sql",
    "triggers/role_summary.sql",
    "triggers/scim.sql",
    "triggers/scim_directory_limit.sql",
    "triggers/scopes.sql",
    "triggers/team.sql",
    "triggers/audit.sql",
    "triggers/audit_permissions.sql",
    "triggers/audit_truncate.sql",
    "triggers/append_only.sql",
    "triggers/always.sql",
    "triggers/tenant_tables.sql",
    "triggers/drop_owned.sql",
    "policies/anchorings.sql",
    "policies/audit_webhook_deliveries.sql",
    "policies/audit_webhooks.sql",
    "policies/builtin_role_permissions.sql",
    "policies/checkpoints.sql",
    "policies/connection_roles.sql",
    "policies/connections.sql",
    "policies/cosignatures.sql",
    "policies/credential_uses.sql",
    "policies/credentials.sql",
    "policies/documents.sql",
    "policies/domains.sql",
    "policies/epochs.sql",
    "policies/event_pii.sql",
    "policies/events.sql",
    "policies/former_members.sql",
    "policies/idempotency_keys.sql",
    "policies/identities.sql",
    "policies/incarnations.sql",
    "policies/join_requests.sql",
    "policies/leaves.sql",
    "policies/members.sql",
    "policies/permissions.sql",
    "policies/policy_versions.sql",
    "policies/progress.sql",
    "policies/pseudonyms.sql",
    "policies/role_permissions.sql",
    "policies/roles.sql",
    "policies/salts.sql",
    "policies/scim_directories.sql",
    "policies/scim_group_members.sql",
    "policies/scim_groups.sql",
    "policies/scim_users.sql",
    "policies/seal_keys.sql",
    "policies/share_permissions.sql",
    "policies/shares.sql",
    "policies/sign_ins.sql",
    "policies/subtrees.sql",
    "policies/tallies.sql",
    "policies/team_members.sql",
    "policies/teams.sql",
    "policies/tenants.sql",
    "policies/trees.sql",
    "policies/users.sql",
    "policies/workspace_members.sql",
    "policies/workspaces.sql",
    "policy_version.sql",
    "reference_data.sql",
    "guard.sql",
];

/// The last of them, which `expire.rs` applies by itself.
pub(super) const GUARD: &str = DEFINITIONS[DEFINITIONS.len() - 1].1;

/// What the definitions are, in 64 digits. Some files define differently on different
/// versions of the server, so its major version is part of it.
pub(super) fn fingerprint(server_major: i32) -> String {
    let mut hash = Sha256::new();
    hash.update(server_major.to_be_bytes());
    for (path, text) in GROUND.iter().chain(DEFINITIONS) {
        for part in [path, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    base16ct::lower::encode_string(&hash.finalize())
}
