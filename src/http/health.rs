//! What machines ask of the service itself: is it alive, may it be sent requests, how is it.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::error::{Error, Result, SCHEMA_OUTDATED};
use crate::http::App;
use crate::{schema, telemetry};

const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Not under `/v1`: no credential, no rate limit, and not refused when the service is busy.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(super::method_not_allowed)
}

/// The process answers. Says nothing of the database: restarting us would not mend that.
async fn alive() -> &'static str {
    "ok\n"
}

/// Requests may be sent here: the database answers, its schema is ours, and we are not leaving.
async fn ready(State(app): State<App>) -> Result<&'static str> {
    if app.is_stopping() {
        return Err(Error::Unavailable {
            code: "shutting_down".into(),
            cause: None,
        });
    }
    if !app
        .db
        .definitions()
        .await?
        .is_some_and(|comment| schema::serves(&comment))
    {
        return Err(Error::Unavailable {
            code: SCHEMA_OUTDATED.into(),
            cause: None,
        });
    }
    Ok("ok\n")
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, METRICS)],
        telemetry::render(app.db.status(), app.db.refusals()),
    )
}
