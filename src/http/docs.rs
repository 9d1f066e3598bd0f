//! The API reference: `/openapi.json`, and `/docs`, which shows it from files in this binary.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, serve};

use crate::error::{Error, Result};
use crate::http::App;

/// Same origin only. The viewer styles its elements inline and draws icons from data URLs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The files change with the binary, so a browser asks again after a while.
const BRIEFLY: HeaderValue = HeaderValue::from_static("max-age=300");

/// By default the viewer would post the API description to a validator of its makers, and a
/// link or its top bar could make it show somebody else's description as ours.
static VIEWER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/openapi.json")
        .validator_url("none")
        .use_base_layout()
        .query_config_enabled(false);
    Arc::new(
        config
            .display_operation_id(true)
            .display_request_duration(true),
    )
});

pub(crate) fn routes(api: &OpenApi) -> Router<App> {
    let json = Bytes::from(api.to_json().expect("an API description is JSON"));
    Router::new()
        .route(
            "/openapi.json",
            get(async move || ([(header::CONTENT_TYPE, JSON)], json)),
        )
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || file("")))
        .route(
            "/docs/{file}",
            get(async |Path(name): Path<String>| file(&name)),
        )
}

fn file(name: &str) -> Result<Response> {
    let found = serve(name, VIEWER.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let found = found.ok_or(Error::NotFound)?;
    let mut response = found.bytes.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&found.content_type).map_err(Error::internal)?;
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CACHE_CONTROL, BRIEFLY);
    if found.gzpipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
