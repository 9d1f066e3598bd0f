//! Testing a connection: whether its provider is one, and says what a sign-in needs; with a
//! diagnosis for who set it up.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Caller, ConnectionId};
use crate::error::Result;
use crate::http::{App, Path, Reply};
use crate::oidc::Failure;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[WANTED, NOTE];
const WANTED: &str = "select issuer, slug from app.connection_to_test($1)";
const NOTE: &str = "select app.note_connection_test($1, $2, $3)";

/// What a test of a connection found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// Whether it can be put to use.
    pub ok: bool,
    /// What is wrong, where something is.
    pub problem: Option<Problem>,
    /// Where people come back to: register each at the provider.
    pub redirect_uris: Vec<String>,
    /// Where the provider may tell that somebody has signed out there.
    pub backchannel_logout_uri: String,
    /// Whether it says that it does.
    pub backchannel_logout_supported: bool,
}

/// Something that is wrong with a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code().to_owned(),
            detail: failure.to_string(),
        }
    }
}

/// Test a connection: reads what the provider says of itself, and its keys. What needs a person,
/// that is the client, its secret and its claims, shows at the first sign-in: one that fails leaves
/// an event with a code.
#[utoipa::path(post, path = "/v1/connections/{id}/test", tag = "connections",
    responses((status = 200, body = ConnectionTest)))]
pub async fn run(
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
    caller: Caller,
) -> Result<Reply> {
    // No transaction stays open while a provider is slow.
    let (issuer, slug): (String, String) = app.db.read_one(&caller, WANTED, &[&id]).await?;
    let doors = app.doors()?;
    let tested = doors.test(&issuer).await;
    let problem = tested.as_ref().err();
    let code = problem.map(Failure::code);
    app.db.write(&caller, NOTE, &[&id, &issuer, &code]).await?;
    let path = format!("/sign-in/{id}");
    Ok(Reply::ok(&ConnectionTest {
        ok: problem.is_none(),
        problem: problem.map(Problem::from),
        redirect_uris: doors.redirect_uris(&slug, &path),
        backchannel_logout_uri: doors.at_home(&slug, &format!("{path}/logout")).into(),
        backchannel_logout_supported: tested.is_ok_and(|it| it.backchannel_logout_supported()),
    }))
}
