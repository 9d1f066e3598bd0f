//! Query parameters: each known by name, given once, and refused by name.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

use crate::error::{Error, FieldError, Result};
use crate::http::cursor::Cursor;

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;

/// The query string as a type of its own. Write one with `query!`.
pub struct Query<T>(pub T);

/// What `query!` implements.
pub trait Parameters: Sized {
    /// Takes what it knows; what is left over is unknown.
    fn take(pairs: &mut Pairs) -> Self;
}

/// A request that takes none.
impl Parameters for () {
    fn take(_: &mut Pairs) -> Self {}
}

impl<S: Sync, T: Parameters> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut pairs = Pairs::of(&parts.uri)?;
        let parameters = T::take(&mut pairs);
        pairs.finish()?;
        Ok(Self(parameters))
    }
}

/// What is left of a query string while a type takes its parameters out of it.
pub struct Pairs {
    left: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Pairs {
    fn of(uri: &Uri) -> Result<Self> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        let malformed = |_| Error::bad_request("query_malformed", "The query can not be read.");
        let axum::extract::Query(left) = pairs.map_err(malformed)?;
        Ok(Self {
            left,
            errors: Vec::new(),
        })
    }

    /// The one value of `name`, or none when it is absent. What is wrong with it is kept for
    /// `finish`, so that the caller hears of every bad parameter at once.
    pub(crate) fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let (named, left) = std::mem::take(&mut self.left)
            .into_iter()
            .partition(|p| p.0 == name);
        self.left = left;
        let named: Vec<(String, String)> = named;
        let [(_, value)] = &named[..] else {
            if !named.is_empty() {
                self.refuse(name, "is given more than once");
            }
            return None;
        };
        if value.contains('\0') {
            self.refuse(name, "must not contain U+0000");
            return None;
        }
        value
            .parse()
            .map_err(|error: T::Err| self.refuse(name, error.to_string()))
            .ok()
    }

    /// How many items a page holds.
    pub(crate) fn take_limit(&mut self) -> u32 {
        let Some(text) = self.take::<String>("limit") else {
            return DEFAULT_LIMIT;
        };
        let limit = text.parse().ok();
        limit
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .unwrap_or_else(|| {
                self.refuse("limit", format!("must be between 1 and {MAX_LIMIT}"));
                DEFAULT_LIMIT
            })
    }

    /// The place where a page begins. That it does not decode has a code of its own, because a
    /// client may want to start over.
    pub(crate) fn take_cursor(&mut self) -> Option<Cursor> {
        let text: Option<String> = self.take("cursor");
        let cursor = text.as_deref().map(str::parse::<Cursor>)?;
        cursor
            .map_err(|message| self.refuse("cursor", message))
            .ok()
    }

    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        let message: String = message.into();
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    fn finish(mut self) -> Result<()> {
        for (name, _) in std::mem::take(&mut self.left) {
            self.refuse(&name, "is not a parameter of this request");
        }
        let Some(first) = self.errors.first() else {
            return Ok(());
        };
        let code = if first.field == "cursor" {
            "cursor_invalid"
        } else {
            "parameter_invalid"
        };
        Err(Error::Invalid {
            code: code.into(),
            fields: self.errors,
        })
    }
}

/// The parameters of a list: its filters, and how it is sorted and paged.
macro_rules! query {
    ($(#[$meta:meta])* struct $name:ident for $item:ty, sorted by $sort:ty {
        $($(#[$field_meta:meta])* $field:ident : $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[param(value_type = $type, required = false)]
                pub $field: Option<$type>,
            )*
            /// The order; `-` means descending.
            #[param(inline, value_type = $sort, required = false)]
            pub sort: $sort,
            /// How many items a page holds at most.
            #[param(value_type = u32, required = false, minimum = 1, maximum = 100, default = 20)]
            pub limit: u32,
            /// `next_cursor` of the page before, with the same sort and filters.
            #[param(value_type = String, required = false, max_length = 4096)]
            pub cursor: Option<$crate::http::cursor::Cursor>,
        }

        impl $crate::http::query::Parameters for $name {
            fn take(pairs: &mut $crate::http::query::Pairs) -> Self {
                Self {
                    $($field: pairs.take(stringify!($field)),)*
                    sort: pairs.take("sort").unwrap_or_default(),
                    limit: pairs.take_limit(),
                    cursor: pairs.take_cursor(),
                }
            }
        }

        impl $crate::http::page::Listing for $name {
            type Item = $item;
            type Sort = $sort;

            fn sort(&self) -> $sort {
                self.sort
            }

            fn limit(&self) -> u32 {
                self.limit
            }

            fn cursor(&self) -> Option<&$crate::http::cursor::Cursor> {
                self.cursor.as_ref()
            }

            fn filters(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
                vec![$(&self.$field),*]
            }

            fn scope(&self) -> String {
                format!("{:?}", (self.sort, $(&self.$field),*))
            }
        }
    };
}

pub(crate) use query;
