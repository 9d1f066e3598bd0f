//! The acts of a tenant's own sign-in.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let spare = format!("where id = '{}'", id("acme/connection/spare"));
    vec![
        case(
            "connection.read",
            &[],
            format!("select from tenant.connections {spare}"),
        ),
        case(
            "connection.create",
            &[],
            format!(
                "insert into tenant.connections
                    (tenant_id, name, issuer, client_id, role_id, created_by)
                values ({HERE}, 'New', 'https://new.example', 'c', '{}', app.user_id())",
                id("acme/role/nothing")
            ),
        ),
        case(
            "connection.update",
            &["connection.read"],
            format!("update tenant.connections set name = 'Other' {spare}"),
        ),
        case(
            "connection.delete",
            &["connection.read"],
            format!("delete from tenant.connections {spare}"),
        ),
        // What it opens, the identity plane opens: identity/break_glass.rs.
        case(
            "break_glass.create",
            &[],
            "select where app.can('break_glass.create')".into(),
        ),
    ]
}
