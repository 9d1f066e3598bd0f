//! `platformctl user show`: one user, and by what else they are known.

use jiff::Timestamp;
use serde_json::Value;

use super::super::output::{Output, date, plain};
use super::super::rows::rows;
use crate::db::{Control, UserId};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(crate) const STATEMENTS: &[&str] = &[SHOW];
const SHOW: &str = "
    select user_id as id, email, display_name, state, canonical_subject, created_at,
        personal_tenant, legacy, identities
    from app.show_user($1, $2)";

rows! {
    /// A user.
    struct Shown {
        id: UserId,
        email: Option<String>,
        display_name: String,
        state: String,
        canonical_subject: Option<String>,
        created_at: Timestamp,
        personal_tenant: Option<String>,
        legacy: Value,
        identities: Value,
    }
}

pub(super) async fn run(
    control: &Control,
    name: &str,
    legacy: Option<&str>,
    output: Output,
) -> Result<()> {
    let shown: Option<Shown> = control.optional(SHOW, &[&name, &legacy]).await?;
    let user = shown.ok_or_else(|| {
        Error::invalid(
            "user_unknown",
            "USER",
            "no such user: see `platformctl user list`",
        )
    })?;
    output.answer(&user, || told(&user))
}

fn told(user: &Shown) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let mut lines = vec![
        ("id", user.id.to_string()),
        ("email", or_none(&user.email)),
        ("name", user.display_name.clone()),
        ("state", user.state.clone()),
        ("created", date(user.created_at)),
        ("personal tenant", or_none(&user.personal_tenant)),
        ("canonical subject", or_none(&user.canonical_subject)),
    ];
    lines.extend(pairs("legacy id", &user.legacy, "source", "legacy_id"));
    lines.extend(pairs("identity", &user.identities, "issuer", "subject"));
    let line = |(label, value): &(&str, String)| format!("{label:<19}{}", plain(value));
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A line for each of a list of objects, of which two members count.
fn pairs(label: &'static str, list: &Value, of: &str, is: &str) -> Vec<(&'static str, String)> {
    let text = |object: &Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let line = |object| {
        (
            label,
            format!("{} of {}", text(object, is), text(object, of)),
        )
    };
    list.as_array().into_iter().flatten().map(line).collect()
}
