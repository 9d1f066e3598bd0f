//! The acts that need each permission on the history, and on where its checkpoints go.

use super::HERE;
use super::cases::{Case, case};
use crate::support::id;

pub(super) fn of_the_history() -> Vec<Case> {
    let webhooks = "tenant.audit_webhooks";
    let archive = format!("where id = '{}'", id("acme/audit_webhook/archive"));
    vec![
        case("audit.read", &[], "select from audit.events".into()),
        case("audit_webhook.read", &[], format!("select from {webhooks}")),
        case(
            "audit_webhook.read",
            &[],
            "select from tenant.audit_webhook_deliveries".into(),
        ),
        case(
            "audit_webhook.create",
            &[],
            format!(
                "insert into {webhooks} (tenant_id, place, url, created_by)
                values ({HERE}, app.audit_webhook_place(), 'https://x.test/', app.user_id())"
            ),
        ),
        case(
            "audit_webhook.delete",
            &["audit_webhook.read"],
            format!("delete from {webhooks} {archive}"),
        ),
    ]
}
