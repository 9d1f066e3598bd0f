//! The acts of domains, of those who join by them, and of invitations.

use super::{Case, HERE, case};
use crate::support::id;

pub(super) fn cases() -> Vec<Case> {
    let (mail, asker) = (id("acme/domain/mail"), id("acme/join_request/asker"));
    let domain = format!("where id = '{mail}'");
    let mut cases = of_invitations();
    cases.extend([
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
    ]);
    cases
}

fn of_invitations() -> Vec<Case> {
    let comer = id("acme/invitation/comer");
    let nothing = id("acme/role/nothing");
    vec![
        case(
            "invitation.read",
            &[],
            format!("select from tenant.invitations where id = '{comer}'"),
        ),
        case(
            "invitation.create",
            &[],
            format!(
                "select app.invite('new@acme.example', '{nothing}', null, null, sha256('new'),
                    null)"
            ),
        ),
        case(
            "invitation.delete",
            &[],
            format!(
                "select from app.revoke_invitation('{comer}', null) as revoked where revoked = 1"
            ),
        ),
    ]
}
