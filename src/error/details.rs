//! What to do about the refusals that the database names, for a person.

/// By code; a test asserts that the definitions in `sql/` raise each of these.
const DETAILS: &[(&str, &str)] = &[
    (
        "connection_roles_limit",
        "A tenant has five hundred rules at most: remove one first.",
    ),
    (
        "connections_last_enforced",
        "Nobody could sign in any more: enforce single sign-on no longer, first.",
    ),
    (
        "connections_limit",
        "A tenant has twenty connections at most: remove one first.",
    ),
    (
        "connections_role_id_above_own",
        "Nobody gives a role that can do more than they can.",
    ),
    (
        "connections_rules_above_own",
        "A rule of this connection gives a role that you could not: remove it, or ask its maker.",
    ),
    (
        "connections_untested",
        "Test the connection first: only one that passed, as it stands, is put to use.",
    ),
    (
        "context_too_long",
        "Shorten `X-Request-Id`, `traceparent` or `Bulkhead-Reason`.",
    ),
    (
        "domains_limit",
        "A tenant claims twenty domains at most: give one up first.",
    ),
    (
        "documents_workspace_id_move",
        "Moving a document needs rights in both workspaces.",
    ),
    (
        "domains_role_id_above_own",
        "Nobody gives a role that can do more than they can.",
    ),
    (
        "idempotency_key_in_flight",
        "The first request with this key is not answered yet: wait.",
    ),
    (
        "idempotency_key_reused",
        "This key was used for another request: take a new one.",
    ),
    (
        "members_last_owner",
        "A tenant keeps at least one active owner: appoint another first.",
    ),
    (
        "members_role_id_above_own",
        "Nobody gives a role that can do more than they can.",
    ),
    (
        "scim_directories_groups_limit",
        "A directory has ten thousand groups at most.",
    ),
    (
        "scim_directories_limit",
        "A tenant has ten directories at most: end one first.",
    ),
    (
        "scim_directories_role_id_above_own",
        "Nobody has a directory give, or gets a token that gives, what they could not.",
    ),
    (
        "scim_directories_unanswered",
        "Whoever made this token could not any more: have an administrator make another.",
    ),
    (
        "scim_directories_users_limit",
        "A directory has a hundred thousand users at most.",
    ),
    (
        "scim_groups_limit",
        "A group has ten thousand members at most.",
    ),
    (
        "scim_groups_role_id_above_own",
        "Nobody gives a role that can do more than they can.",
    ),
    (
        "scim_users_above_answering",
        "This member can do more than whoever made the directory's token: have somebody who can \
         do all that make another.",
    ),
    (
        "sso_required",
        "This tenant has its people sign in by its own provider.",
    ),
    (
        "team_members_provisioned",
        "A directory says who is in this team: change its group there.",
    ),
    (
        "tenants_sso_no_way_back",
        "Have an owner sign in at the platform's own issuer first: they could come in if your \
         provider fails.",
    ),
    (
        "tenants_sso_unproved",
        "Sign in by a connection of the tenant's first: this asks for such a session.",
    ),
    (
        "tenant_suspended",
        "The tenant is suspended or closing: ask the operator.",
    ),
    (
        "tenant_unavailable",
        "This credential opens no such tenant.",
    ),
];

/// The same of what the service itself refuses.
const OWN: &[(&str, &str)] = &[
    (
        "domain_asked_lately",
        "This domain is being looked at: read it again, or wait as `Retry-After` says.",
    ),
    (
        "secrets_not_sealed",
        "This service seals no secrets: its operator has to set BULKHEAD_SEALING_KEY_FILE.",
    ),
    (
        "domains_not_proved",
        "This service looks at no domain: its operator has to set BULKHEAD_WORKER_DATABASE_URL.",
    ),
];

pub(super) fn of(code: &str) -> Option<&'static str> {
    DETAILS
        .iter()
        .chain(OWN)
        .find(|(known, _)| *known == code)
        .map(|(_, detail)| *detail)
}

#[cfg(test)]
mod tests {
    use super::DETAILS;
    use crate::schema::DEFINITIONS;

    #[test]
    fn every_detail_belongs_to_a_code_that_the_database_raises() {
        for (code, _) in DETAILS {
            let raised = DEFINITIONS
                .iter()
                .any(|(_, text)| text.contains(&format!("'{code}'")));
            assert!(raised, "nothing in sql/ raises {code}");
        }
    }
}
