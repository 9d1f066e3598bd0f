//! The acts of other people's API keys, and of making one's own.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let viewer = id("acme.viewer");
    vec![
        case(
            "api_key.read",
            &[],
            format!("select id from platform.credentials where user_id = '{viewer}'"),
        ),
        case(
            "api_key.create",
            &[],
            format!(
                "insert into platform.credentials
                (kind, hash, user_id, tenant_id, name, expires_at)
                values ('api_key', sha256('new'), app.user_id(), {HERE}, 'new', now() + '1 day')"
            ),
        ),
        case(
            "api_key.delete",
            &["api_key.read"],
            format!(
                "update platform.credentials set revoked_at = now()
                where user_id = '{viewer}' and revoked_at is null"
            ),
        ),
    ]
}
