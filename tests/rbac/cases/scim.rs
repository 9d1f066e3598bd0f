//! The acts of directories and of what their groups give.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let directory = format!("where id = '{}'", id("acme/scim_directory/entra"));
    vec![
        case(
            "scim_directory.read",
            &[],
            format!("select id from tenant.scim_directories {directory}"),
        ),
        case(
            "scim_directory.create",
            &[],
            format!(
                "insert into tenant.scim_directories
                    (tenant_id, name, role_id, hash, expires_at, created_by)
                values ({HERE}, 'new', '{}', sha256('new'), now() + interval '1 day',
                    app.user_id())",
                id("acme/role/nothing")
            ),
        ),
        case(
            "scim_directory.update",
            &["scim_directory.read"],
            format!("update tenant.scim_directories set state = 'disabled' {directory}"),
        ),
        case(
            "scim_directory.delete",
            &["scim_directory.read"],
            format!("delete from tenant.scim_directories {directory}"),
        ),
    ]
}
