//! From a row to a struct: fields are columns of the same name.

use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

/// What a statement's row becomes.
pub trait Record: Sized {
    /// Reads a row; a column that is missing or of another type is a bug in the statement.
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error>;
}

/// For statements that return nothing worth reading.
impl Record for () {
    fn from_row(_: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(())
    }
}

/// For statements that return one value, read as `let (count,) = …`.
impl<A: FromSqlOwned> Record for (A,) {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok((row.try_get(0)?,))
    }
}

/// For statements that return two values.
impl<A: FromSqlOwned, B: FromSqlOwned> Record for (A, B) {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

/// Declares a struct that is a row of a statement and a body of a response at once.
///
/// Every field and the struct itself are public, documented, and part of the API reference.
macro_rules! record {
    ($(
        $(#[$meta:meta])*
        struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, ::serde::Serialize, ::utoipa::ToSchema)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }

        impl $crate::db::Record for $name {
            fn from_row(
                row: &::tokio_postgres::Row,
            ) -> ::std::result::Result<Self, ::tokio_postgres::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    )+ };
}

pub(crate) use record;
