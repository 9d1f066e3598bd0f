//! Path parameters: an id that is no id names nothing, so it is 404 like any other such id.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The ids in a path: `Path<DocumentId>`, or a tuple where there are several.
pub struct Path<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(ids)| Self(ids))
            .map_err(|_| Error::NotFound)
    }
}
