//! `/scim/v2/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`: what a directory finds here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::db::Directory;
use crate::error::{Error, Problem, Result};
use crate::http::scim::{Base, answer};
use crate::http::{App, Path};
use crate::scim::{LIST, discovery};

fn all(resources: &[Value]) -> Response {
    let body = json!({
        "schemas": [LIST],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    answer(StatusCode::OK, &body, None)
}

fn one(resources: &[Value], id: &str) -> Result<Response> {
    let found = resources.iter().find(|one| one["id"] == id);
    let found = found.ok_or(Error::NotFound)?;
    Ok(answer(StatusCode::OK, found, None))
}

/// What this service does of the protocol.
pub(crate) async fn config(
    State(app): State<App>,
    directory: Directory,
    base: Base,
) -> Result<Response> {
    directory.enter(&app.db).await?;
    Ok(answer(StatusCode::OK, &discovery::config(&base.0), None))
}

/// What kinds of resources there are.
pub(crate) async fn resource_types(
    State(app): State<App>,
    directory: Directory,
    base: Base,
) -> Result<Response> {
    directory.enter(&app.db).await?;
    Ok(all(&discovery::resource_types(&base.0)))
}

/// One kind.
pub(crate) async fn resource_type(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    Path(id): Path<String>,
) -> Result<Response> {
    directory.enter(&app.db).await?;
    one(&discovery::resource_types(&base.0), &id)
}

/// Which attributes they have.
pub(crate) async fn schemas(
    State(app): State<App>,
    directory: Directory,
    base: Base,
) -> Result<Response> {
    directory.enter(&app.db).await?;
    Ok(all(&discovery::schemas(&base.0)))
}

/// Those of one schema.
pub(crate) async fn schema(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    Path(id): Path<String>,
) -> Result<Response> {
    directory.enter(&app.db).await?;
    one(&discovery::schemas(&base.0), &id)
}

/// What the protocol knows, and this service does not do.
pub(crate) async fn not_done(State(app): State<App>, directory: Directory) -> Result<Response> {
    directory.enter(&app.db).await?;
    let problem = Problem {
        kind: "urn:bulkhead:problem:scim_not_done".to_owned(),
        title: "Not Implemented",
        status: 501,
        detail: "ServiceProviderConfig says what is supported.".to_owned(),
        code: "scim_not_done".into(),
        instance: None,
        request_id: None,
        errors: Vec::new(),
    };
    Ok(problem.respond().into_response())
}
