//! `platformctl user`: one canonical human each, and sessions for them.

use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::output::{Listing, Output, Rule, blame, date, listing};
use super::rows::rows;
use crate::cli::{Ttl, User};
use crate::config::Config;
use crate::db::{Control, CredentialId, UserId};
use crate::error::{Error, Result};
use crate::token::{Kind, mint};

pub(super) mod import;
pub(super) mod show;

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[CREATE, LIST, SET_STATE, SET_STAFF, SESSION];
const CREATE: &str = "select app.create_user($1, $2)";
const LIST: &str = "
    select user_id as id, email, display_name, state, created_at
    from app.list_users($1, $2)";
const SET_STATE: &str = "select app.set_user_state($1, $2)";
const SET_STAFF: &str = "select app.set_user_staff($1, $2)";
const SESSION: &str = "
    select credential_id, expires_at
    from app.create_session($1, $2, pg_catalog.make_interval(secs => $3))";

const RULES: &[Rule] = &[
    Rule {
        code: "users_email_unique",
        flag: "EMAIL",
        words: "there is a user of this address already: see `platformctl user list`",
    },
    Rule {
        code: "users_email_format",
        flag: "EMAIL",
        words: "give an address: name@example.com",
    },
    Rule {
        code: "users_email_length",
        flag: "EMAIL",
        words: "use at most 320 characters",
    },
    Rule {
        code: "users_display_name_not_blank",
        flag: "--name",
        words: "must not be blank",
    },
    Rule {
        code: "users_display_name_length",
        flag: "--name",
        words: "use at most 200 characters",
    },
    Rule {
        code: "credentials_expires_at_range",
        flag: "--ttl",
        words: "a session lives 366 days at most",
    },
];

rows! {
    /// A user in a list.
    struct Listed {
        id: UserId,
        email: Option<String>,
        display_name: String,
        state: String,
        created_at: Timestamp,
    }

    /// A session that was just made.
    struct Session {
        credential_id: CredentialId,
        expires_at: Timestamp,
    }
}

pub(super) async fn run(config: &Config, command: &User, output: Output) -> Result<()> {
    let control = Control::connect(config).await?;
    match command {
        User::Create { email, name } => {
            let (id,): (UserId,) = control
                .one(CREATE, &[email, name])
                .await
                .map_err(blame(RULES))?;
            let answer = serde_json::json!({ "id": id, "email": email, "display_name": name });
            output.answer(&answer, || format!("created {email} ({id})"))
        }
        User::List { after, most } => {
            let found = list(&control, after.clone(), most.limit).await?;
            output.list(
                &found,
                ["email", "name", "state", "created", "id"],
                |user| {
                    [
                        user.email.clone().unwrap_or_default(),
                        user.display_name.clone(),
                        user.state.clone(),
                        date(user.created_at),
                        user.id.to_string(),
                    ]
                },
            )
        }
        User::Show { name, legacy } => show::run(&control, name, legacy.as_deref(), output).await,
        // It has an exit code of its own.
        User::Import(command) => import::run(config, command, output).await.map(drop),
        User::Deactivate { email } => set_state(&control, email, "deactivated", output).await,
        User::Activate { email } => set_state(&control, email, "active", output).await,
        User::Staff { email, remove } => {
            let (id,) = control.one(SET_STAFF, &[email, &!remove]).await?;
            let id = known(id)?;
            let answer = serde_json::json!({ "id": id, "email": email, "staff": !remove });
            let what = if *remove { "is not staff" } else { "is staff" };
            output.answer(&answer, || format!("{email} {what}"))
        }
        User::Session { email, ttl } => session(&control, email, *ttl, output).await,
    }
}

async fn list(
    control: &Control,
    after: Option<String>,
    limit: u32,
) -> Result<Listing<Listed, String>> {
    let fetch = async |after: Option<&String>, most: i32| control.all(LIST, &[&after, &most]).await;
    let key = |user: &Listed| user.email.clone().unwrap_or_else(|| user.id.to_string());
    listing(limit, after, key, fetch).await
}

async fn set_state(
    control: &Control,
    email: &str,
    state: &'static str,
    output: Output,
) -> Result<()> {
    let (id,) = control.one(SET_STATE, &[&email, &state]).await?;
    let id = known(id)?;
    let answer = serde_json::json!({ "id": id, "email": email, "state": state });
    output.answer(&answer, || format!("{email} is {state}"))
}

fn known(id: Option<UserId>) -> Result<UserId> {
    let words = "no such user: see `platformctl user list`";
    id.ok_or_else(|| Error::invalid("user_unknown", "EMAIL", words))
}

async fn session(control: &Control, email: &str, ttl: Ttl, output: Output) -> Result<()> {
    let (token, credential) = mint(Kind::Session)?;
    let made: Option<Session> = control
        .optional(SESSION, &[&email, &credential.hash, &ttl.seconds()])
        .await
        .map_err(blame(RULES))?;
    let made = made.ok_or_else(|| {
        Error::invalid(
            "user_unknown",
            "EMAIL",
            "no active user of this address: see `platformctl user list`",
        )
    })?;
    let token = token.expose_secret();
    let answer = serde_json::json!({
        "token": token,
        "credential_id": made.credential_id,
        "expires_at": made.expires_at,
    });
    let more = format!(
        "session {} of {email}, until {}; the token is shown this once:",
        made.credential_id,
        date(made.expires_at)
    );
    output.secret(&answer, token, &more)
}
