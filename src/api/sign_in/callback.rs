//! The way back from an issuer: what it says becomes a session, the wish for a link, or nothing.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio_postgres::Row;
use uuid::Uuid;

use super::held::who;
use super::opening::Coming;
use super::pages::{failed, over, refused, unreachable};
use super::{BROWSER, digest, link};
use crate::db::{Params, Record};
use crate::error::Result;
use crate::http::doors::{Door, Front};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::oidc::{Callback, Failure, Identity, Pending};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[TAKE, FAILED];
const TAKE: &str = "
    select issuer, nonce, verifier, redirect_uri, return_to, tenant_id, user_id, max_age, now
    from app.take_sign_in($1, $2, $3, $4)";
const FAILED: &str = "select from app.sign_in_failed($1, $2, $3, $4)";

/// What the history calls a claim that no text of ours can hold.
const NUL: &str = "claim_contains_nul";

/// A sign-in that was under way, and what time it is now.
struct Taken {
    pending: Pending,
    return_to: String,
    tenant: Option<Uuid>,
    linking: Option<Uuid>,
    now: Timestamp,
}

impl Record for Taken {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let secret = |name| row.try_get::<_, String>(name).map(SecretString::from);
        let max_age: Option<i32> = row.try_get("max_age")?;
        Ok(Self {
            pending: Pending {
                issuer: row.try_get("issuer")?,
                state: SecretString::default(),
                nonce: secret("nonce")?,
                verifier: secret("verifier")?,
                redirect_uri: row.try_get("redirect_uri")?,
                max_age: max_age.and_then(|seconds| seconds.try_into().ok()),
            },
            return_to: row.try_get("return_to")?,
            tenant: row.try_get("tenant_id")?,
            linking: row.try_get("user_id")?,
            now: row.try_get("now")?,
        })
    }
}

/// The browser is back.
pub(crate) async fn finish(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    Path(door): Path<String>,
    Query(callback): Query<Callback>,
    headers: HeaderMap,
) -> Response {
    let finished = finished(&app, &facts, &door, callback, &headers).await;
    finished.unwrap_or_else(failed)
}

async fn finished(
    app: &App,
    facts: &Facts,
    name: &str,
    callback: Callback,
    headers: &HeaderMap,
) -> Result<Response> {
    let front = app.front(headers)?;
    // Whether it stands open here was asked when the browser left: what is kept is of this host.
    let door = front.any(name).await?;
    let request = facts.request_info().told();
    let browser = cookie::value(headers, BROWSER)?.unwrap_or_default();
    let browser = digest(&SecretString::from(browser));
    let Some(taken) = take(&front, &door, &browser, &callback).await? else {
        return Ok(over());
    };
    let (identity, code) = match ask(&door, &taken, &callback).await {
        Err(failure) => return Ok(unreachable(&door, &failure)),
        Ok(Ok(identity)) if has_nul(&identity) => (None, NUL),
        Ok(Ok(identity)) => (Some(identity), ""),
        Ok(Err(failure)) => {
            tracing::warn!(door = door.name, %failure, "a sign-in fails");
            (None, failure.code())
        }
    };
    let Some(identity) = identity else {
        tracing::warn!(door = door.name, code, "nobody is signed in");
        return nobody(&front, &door, code, &request).await;
    };
    if let (Some(home), Some(user)) = (&door.home, taken.linking) {
        return link::ask(&front, home, &door, &identity, user, &browser).await;
    }
    // Or anybody's provider could have a browser become somebody else than it was.
    let shared = door.home.is_some() && front.slug.is_none();
    if shared && who(app, facts, headers).await?.is_some() {
        let why = "Somebody is signed in here. Sign out first, and begin again.";
        return Ok(refused(why));
    }
    let coming = Coming {
        who: &identity,
        // Two of the name are nobody's, and no reason to sign nobody in.
        held: cookie::session(headers, &Method::GET).ok().flatten(),
        return_to: &taken.return_to,
        anew: taken.pending.max_age.is_some(),
        request: &request,
    };
    coming.open(&front, &door).await
}

/// Who the issuer says it is, or why nobody; first of all, whether it can be asked.
async fn ask(
    door: &Door,
    taken: &Taken,
    callback: &Callback,
) -> Result<Result<Identity, Failure>, Failure> {
    let _place = door.place().await?;
    let provider = door.provider().await?;
    let finished = provider.finish(&door.client, &taken.pending, callback, taken.now);
    Ok(finished.await)
}

/// What was kept when this browser left by this way in.
async fn take(
    front: &Front<'_>,
    door: &Door,
    browser: &[u8],
    callback: &Callback,
) -> Result<Option<Taken>> {
    let state = SecretString::from(callback.state.as_deref().unwrap_or_default());
    let values: Params = &[&digest(&state), &browser, &front.host, &door.name];
    let taken: Option<Taken> = front.doors.entrance.optional(TAKE, values).await?;
    let tenant = door.home.as_ref().map(|home| home.tenant);
    let taken = taken.filter(|taken| taken.tenant == tenant);
    Ok(taken.map(|taken| Taken {
        pending: Pending {
            state,
            ..taken.pending
        },
        ..taken
    }))
}

/// JSON can say U+0000, Postgres text can not.
fn has_nul(who: &Identity) -> bool {
    let said = [
        Some(&who.subject),
        who.email.as_ref(),
        who.name.as_ref(),
        who.sid.as_ref(),
    ];
    said.into_iter().flatten().any(|text| text.contains('\0'))
}

async fn nobody(
    front: &Front<'_>,
    door: &Door,
    code: &str,
    request: &[Option<String>],
) -> Result<Response> {
    let tenant = door.home.as_ref().map(|home| home.tenant);
    let values: Params = &[&tenant, &door.name, &code, &request];
    front.doors.entrance.one::<()>(FAILED, values).await?;
    Ok(refused("The sign-in did not succeed."))
}
