//! Requests as types: what a body may hold is what its type can be.

use axum::http::HeaderMap;

use crate::error::Result;

/// A request's body as a type of its own. Write one with `request!` or `patch!`.
pub trait Payload: Sized + Clone + Send + Sync + 'static {
    /// Reads it, or says which field is wrong.
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self>;
}

/// For routes without a body: whatever is sent is not looked at.
impl Payload for () {
    fn read(_: &HeaderMap, _: &[u8]) -> Result<Self> {
        Ok(())
    }
}

/// A member that is there must not be null; serde would take null for absent.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A request's body: unknown fields are refused, so a typo is never silently ignored.
macro_rules! request {
    ($(#[$meta:meta])* struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident : $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }
        $crate::http::payload! { $name }
    };
}

/// A change to some fields (RFC 7396): what is absent stays as it is.
macro_rules! patch {
    ($(#[$meta:meta])* struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident : $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(default, deserialize_with = "crate::http::payload::present")]
                #[schema(value_type = $type, required = false)]
                pub $field: Option<$type>,
            )*
        }
        $crate::http::payload! { $name }
    };
}

macro_rules! payload {
    ($name:ident) => {
        impl $crate::http::payload::Payload for $name {
            fn read(headers: &axum::http::HeaderMap, body: &[u8]) -> $crate::error::Result<Self> {
                $crate::http::json::decode(headers, body)
            }
        }
    };
}

pub(crate) use {patch, payload, request};
