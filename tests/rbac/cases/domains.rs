//! The acts of domains and of those who join by them.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let (mail, asker) = (id("acme/domain/mail"), id("acme/join_request/asker"));
    let domain = format!("where id = '{mail}'");
    vec![
        case(
            "domain.read",
            &[],
            format!("select from tenant.domains {domain}"),
        ),
        case(
            "domain.create",
            &[],
            format!(
                "insert into tenant.domains (tenant_id, name, role_id)
                values ({HERE}, 'new.example', '{}')",
                id("acme/role/nothing")
            ),
        ),
        case(
            "domain.update",
            &["domain.read"],
            format!("update tenant.domains set mode = 'off' {domain}"),
        ),
        case(
            "domain.verify",
            &[],
            format!("select app.want_domain('{mail}')"),
        ),
        case(
            "domain.delete",
            &["domain.read"],
            format!("delete from tenant.domains {domain}"),
        ),
        case(
            "join_request.read",
            &[],
            format!("select from tenant.join_requests where id = '{asker}'"),
        ),
        case(
            "join_request.update",
            &[],
            format!("select app.decide_join_request('{asker}', false)"),
        ),
    ]
}
