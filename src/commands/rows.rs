//! From a row to a struct that a command prints: like `db::record!`, and private to its file.

macro_rules! rows {
    ($(
        $(#[$meta:meta])*
        struct $name:ident { $($field:ident: $type:ty),* $(,)? }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, ::serde::Serialize)]
        struct $name { $($field: $type),* }

        impl $crate::db::Record for $name {
            fn from_row(
                row: &::tokio_postgres::Row,
            ) -> ::std::result::Result<Self, ::tokio_postgres::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    )+ };
}

pub(super) use rows;
