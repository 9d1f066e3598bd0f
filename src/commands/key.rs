//! `platformctl key`: API keys, each bound to a member of one tenant.

use jiff::Timestamp;
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::output::{Listing, Output, Rule, blame, date, listing};
use super::rows::rows;
use crate::cli::{Key, Ttl};
use crate::config::Config;
use crate::db::{ApiKeyId, Control, CredentialId};
use crate::error::{Error, Result};
use crate::token::{Kind, mint, start};

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[CREATE, LIST, REVOKE];
const CREATE: &str = "
    select credential_id as id, expires_at
    from app.create_api_key($1, $2, $3, $4, $5, pg_catalog.make_interval(secs => $6),
        $7)";
const LIST: &str = "
    select credential_id as id, name, email, scopes, created_at, expires_at, revoked_at,
        last_used_at
    from app.list_api_keys($1, $2, $3)";
const REVOKE: &str = "select app.revoke_credential($1)";

const RULES: &[Rule] = &[
    Rule {
        code: "key_tenant_known",
        flag: "--tenant",
        words: "no such tenant: see `platformctl tenant list`",
    },
    Rule {
        code: "credentials_name_not_blank",
        flag: "--name",
        words: "must not be blank",
    },
    Rule {
        code: "credentials_name_length",
        flag: "--name",
        words: "use at most 200 characters",
    },
    Rule {
        code: "credentials_scopes_known",
        flag: "--scope",
        words: "is not the name of a permission; a name reads like document.read",
    },
    Rule {
        code: "credentials_scopes_length",
        flag: "--scope",
        words: "give 100 at most",
    },
    Rule {
        code: "credentials_expires_at_range",
        flag: "--ttl",
        words: "a key lives 366 days at most",
    },
];

rows! {
    /// A key that was just made.
    struct Made {
        id: ApiKeyId,
        expires_at: Timestamp,
    }

    /// A key in a list.
    struct Listed {
        id: ApiKeyId,
        name: String,
        email: Option<String>,
        scopes: Option<Vec<String>>,
        created_at: Timestamp,
        expires_at: Timestamp,
        revoked_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    }
}

pub(super) async fn run(config: &Config, command: &Key, output: Output) -> Result<()> {
    let control = Control::connect(config).await?;
    match command {
        Key::Create {
            tenant,
            user,
            name,
            scopes,
            ttl,
        } => {
            let scopes = (!scopes.is_empty()).then_some(scopes.as_slice());
            create(
                &control,
                New {
                    tenant,
                    user,
                    name,
                    scopes,
                    ttl: *ttl,
                },
                output,
            )
            .await
        }
        Key::List {
            tenant,
            after,
            most,
        } => show(&list(&control, tenant, *after, most.limit).await?, output),
        Key::Revoke { id } => revoke(&control, *id, output).await,
    }
}

fn show(keys: &Listing<Listed, Uuid>, output: Output) -> Result<()> {
    let or_dash = |at: Option<Timestamp>| at.map_or("-".to_owned(), date);
    let header = [
        "id",
        "name",
        "user",
        "scopes",
        "expires",
        "revoked",
        "last used",
    ];
    output.list(keys, header, |key| {
        [
            key.id.to_string(),
            key.name.clone(),
            key.email.clone().unwrap_or_default(),
            key.scopes
                .as_ref()
                .map_or("all".to_owned(), |scopes| scopes.join(" ")),
            date(key.expires_at),
            or_dash(key.revoked_at),
            or_dash(key.last_used_at),
        ]
    })
}

struct New<'a> {
    tenant: &'a str,
    user: &'a str,
    name: &'a str,
    scopes: Option<&'a [String]>,
    ttl: Ttl,
}

async fn create(control: &Control, new: New<'_>, output: Output) -> Result<()> {
    let New {
        tenant,
        user,
        name,
        scopes,
        ttl,
    } = new;
    let (secret, credential) = mint(Kind::ApiKey)?;
    let made: Option<Made> = control
        .optional(
            CREATE,
            &[
                &tenant,
                &user,
                &name,
                &scopes,
                &credential.hash,
                &ttl.seconds(),
                &start(&secret),
            ],
        )
        .await
        .map_err(blame(RULES))?;
    let made = made.ok_or_else(|| {
        Error::invalid(
            "member_unknown",
            "--user",
            "no member of this address in this --tenant: see `platformctl tenant list` and \
             `platformctl user list`",
        )
    })?;
    let secret = secret.expose_secret();
    let answer = serde_json::json!({
        "id": made.id,
        "secret": secret,
        "tenant": tenant,
        "user": user,
        "name": name,
        "scopes": scopes,
        "expires_at": made.expires_at,
    });
    let more = format!(
        "API key {} of {user} in {tenant}, until {}; the secret is shown this once:",
        made.id,
        date(made.expires_at)
    );
    output.secret(&answer, secret, &more)
}

async fn list(
    control: &Control,
    tenant: &str,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Listing<Listed, Uuid>> {
    let fetch = async |after: Option<&Uuid>, most: i32| {
        let listed = control.all(LIST, &[&tenant, &after, &most]).await;
        listed.map_err(blame(RULES))
    };
    listing(limit, after, |key: &Listed| key.id.uuid(), fetch).await
}

async fn revoke(control: &Control, id: Uuid, output: Output) -> Result<()> {
    let (revoked,): (Option<CredentialId>,) = control.one(REVOKE, &[&id]).await?;
    let id = revoked.ok_or_else(|| {
        Error::invalid(
            "credential_unknown",
            "ID",
            "no such key: see `platformctl key list --tenant SLUG`",
        )
    })?;
    output.answer(&serde_json::json!({ "id": id, "revoked": true }), || {
        format!("revoked {id}")
    })
}
