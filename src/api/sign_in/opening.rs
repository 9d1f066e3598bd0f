//! Opening a session for whom an issuer has named.

use axum::http::header;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::pages::{refused, unlinked};
use super::{BROWSER, PENDING, see};
use crate::db::Params;
use crate::error::Result;
use crate::http::cookie;
use crate::http::doors::connection::Home;
use crate::http::doors::{Door, Front};
use crate::oidc::Identity;
use crate::token::{self, Credential};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[OPEN, OPEN_CONNECTED, REPLACE, ANEW];
const OPEN: &str = "
    select refused
    from app.sign_in($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8),
        make_interval(secs => $9), $10)";
const OPEN_CONNECTED: &str = "
    select refused
    from app.sign_in_connected($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
        make_interval(secs => $13), make_interval(secs => $14), $15)";
const REPLACE: &str = "select app.replace_session($1, $2, $3)";
const ANEW: &str = "select from app.note_authenticated($1)";

/// The longest session of an issuer's that is remembered to be ended by it.
const LONGEST_SID: usize = 500;

/// Somebody who comes in.
pub(super) struct Coming<'a> {
    pub(super) who: &'a Identity,
    /// The session that their browser holds already.
    pub(super) held: Option<Credential>,
    /// Whether they have just proved to the issuer who they are.
    pub(super) anew: bool,
    /// Where they go on.
    pub(super) return_to: &'a str,
    /// What the history says of the request.
    pub(super) request: &'a [Option<String>],
}

impl Coming<'_> {
    pub(super) async fn open(&self, front: &Front<'_>, door: &Door) -> Result<Response> {
        let (token, opened) = token::mint_cookie(&front.host)?;
        let why = match &door.home {
            Some(home) => self.by_connection(front, home, &opened).await?,
            None => self.by_issuer(front, door, &opened).await?,
        };
        match (why.as_deref(), &door.home) {
            (None, _) => {}
            (Some(code), Some(home)) => return Ok(shut(front, home, code)),
            (Some(_), None) => return Ok(refused("This account is deactivated.")),
        }
        if let Some(held) = &self.held {
            // Its cookie is about to go, and nobody could end it any more.
            let values: Params = &[&held.hash, &opened.hash, &self.request];
            front.doors.entrance.one::<()>(REPLACE, values).await?;
        }
        if self.anew {
            front
                .doors
                .entrance
                .one::<()>(ANEW, &[&opened.hash])
                .await?;
        }
        self.admitted(front, &token)
    }

    /// By one of the platform's own.
    async fn by_issuer(
        &self,
        front: &Front<'_>,
        door: &Door,
        opened: &Credential,
    ) -> Result<Option<String>> {
        let (who, config) = (self.who, &front.doors.config);
        let proven = who.email_verified == Some(true) && door.proves(who.email.as_deref());
        let (lifetime, idle) = (config.lifetime.as_secs_f64(), config.idle.as_secs_f64());
        let values: Params = &[
            &who.issuer,
            &who.subject,
            &who.email,
            &proven,
            &who.name,
            &opened.hash,
            &front.host,
            &lifetime,
            &idle,
            &self.request,
        ];
        let (why,) = front.doors.entrance.one(OPEN, values).await?;
        Ok(why)
    }

    /// By a tenant's.
    async fn by_connection(
        &self,
        front: &Front<'_>,
        home: &Home,
        opened: &Credential,
    ) -> Result<Option<String>> {
        let (who, config) = (self.who, &front.doors.config);
        let (lifetime, idle) = (config.lifetime.as_secs_f64(), config.idle.as_secs_f64());
        let (address, believed) = who.address();
        let sid = who.sid.as_deref().filter(|sid| sid.len() <= LONGEST_SID);
        let values: Params = &[
            &home.tenant,
            &home.connection,
            &who.issuer,
            &who.subject,
            &address,
            &believed,
            &who.name,
            &who.oid.as_ref().unwrap_or(&who.subject),
            &claims(who),
            &sid,
            &opened.hash,
            &front.host,
            &lifetime,
            &idle,
            &self.request,
        ];
        let (why,) = front.doors.entrance.one(OPEN_CONNECTED, values).await?;
        Ok(why)
    }

    fn admitted(&self, front: &Front<'_>, token: &SecretString) -> Result<Response> {
        let mut response = see(self.return_to)?;
        let lifetime = front.doors.config.lifetime;
        let kept = cookie::keep(cookie::SESSION, token.expose_secret(), lifetime)?;
        let headers = response.headers_mut();
        headers.append(header::SET_COOKIE, kept);
        headers.append(header::SET_COOKIE, cookie::keep(BROWSER, "", PENDING)?);
        Ok(response)
    }
}

/// Somebody who is known, and whom the tenant does not let in.
fn shut(front: &Front<'_>, home: &Home, code: &str) -> Response {
    match code {
        "identity_link_refused" => unlinked(front, home),
        "user_deactivated" => refused("This account is deactivated."),
        "member_deactivated" => refused("Your account in this organization is deactivated."),
        "not_admitted" => refused("This organization has not let you in yet: ask it."),
        "member_removed" => refused("You are no member of this organization any more."),
        _ => refused("This way in is closed."),
    }
}

/// What rules of a connection may ask for. Postgres keeps no NUL in JSON, so a claim that has one
/// is not told.
fn claims(who: &Identity) -> Value {
    let told = who.claims.iter();
    let told = told.filter(|(name, value)| !has_nul(name, value));
    let told = told.map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(told.collect())
}

fn has_nul(name: &str, value: &Value) -> bool {
    name.contains('\0') || value.to_string().contains("\\u0000")
}
