//! Lists: one page at a time, from wherever the last one ended.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_postgres::types::ToSql;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::TenantId;
use crate::error::{Error, Result};
use crate::http::cursor::{Cursor, NOT_OURS};

/// Part of a list, and where the next part begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// At most `limit` of them.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A list's parameters; `query!` implements it.
pub trait Listing {
    /// What it lists.
    type Item;
    /// Its orders.
    type Sort: Sort<Self::Item>;

    /// In which order.
    fn sort(&self) -> Self::Sort;
    /// How many at most.
    fn limit(&self) -> u32;
    /// Where to begin.
    fn cursor(&self) -> Option<&Cursor>;
    /// In the order they were declared: the statement's `$5` and on.
    fn filters(&self) -> Vec<&(dyn ToSql + Sync)>;
    /// Sort and filters, by value: a cursor is good for no other.
    fn scope(&self) -> String;
}

/// An order of a list; `sorts!` implements it.
pub trait Sort<T>: Copy {
    /// `$1` tenant, `$2` key and `$3` id of the last item seen (null at first), `$4` how many.
    fn statement(self) -> &'static str;
    /// What a cursor after this item holds.
    fn key(self, item: &T) -> (String, Uuid);
}

/// A list as one caller asked for it: what its cursors are bound to.
pub(crate) struct Bound<'a, L> {
    listing: &'a L,
    of: String,
}

impl<'a, L: Listing> Bound<'a, L> {
    /// Tenant and path take part, so that a cursor shown elsewhere is refused instead of
    /// silently meaning some other place.
    pub(crate) fn new(listing: &'a L, tenant: TenantId, path: &str) -> Self {
        let scope = format!("{tenant}\n{path}\n{}", listing.scope());
        let digest = Sha256::digest(scope.as_bytes());
        Self {
            listing,
            of: URL_SAFE_NO_PAD.encode(&digest[..16]),
        }
    }

    /// Key and id to begin after.
    pub(crate) fn after(&self) -> Result<(Option<&'a str>, Option<Uuid>)> {
        match self.listing.cursor() {
            None => Ok((None, None)),
            Some(cursor) if cursor.of == self.of => Ok((Some(&cursor.after), Some(cursor.id))),
            Some(_) => Err(Error::invalid("cursor_invalid", "cursor", NOT_OURS)),
        }
    }

    /// One more than a page: that one row tells whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::from(self.listing.limit()) + 1
    }

    pub(crate) fn page(self, mut items: Vec<L::Item>) -> Page<L::Item> {
        let limit = usize::try_from(self.listing.limit()).expect("a limit is at most 100");
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| {
            let (after, id) = self.listing.sort().key(item);
            Cursor {
                after,
                id,
                of: self.of,
            }
            .encode()
        });
        Page { items, next_cursor }
    }
}

/// The orders of a list: the word a client says, the field it sorts by, the statement.
/// The first is the default.
macro_rules! sorts {
    ($(#[$meta:meta])* enum $name:ident of $item:ty, then $id:ident {
        $first:ident = $first_word:literal by $first_field:ident in $first_statement:ident,
        $($order:ident = $word:literal by $field:ident in $statement:ident,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, utoipa::ToSchema)]
        pub enum $name {
            #[doc = concat!("`", $first_word, "`")]
            #[default]
            #[schema(rename = $first_word)]
            $first,
            $(
                #[doc = concat!("`", $word, "`")]
                #[schema(rename = $word)]
                $order,
            )*
        }

        impl std::str::FromStr for $name {
            type Err = &'static str;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $first_word => Ok(Self::$first),
                    $($word => Ok(Self::$order),)*
                    _ => Err(concat!("must be one of ", $first_word $(, ", ", $word)*)),
                }
            }
        }

        impl $crate::http::page::Sort<$item> for $name {
            fn statement(self) -> &'static str {
                match self {
                    Self::$first => $first_statement,
                    $(Self::$order => $statement,)*
                }
            }

            fn key(self, item: &$item) -> (String, uuid::Uuid) {
                let key = match self {
                    Self::$first => item.$first_field.to_string(),
                    $(Self::$order => item.$field.to_string(),)*
                };
                (key, item.$id.uuid())
            }
        }
    };
}

pub(crate) use sorts;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros declare what handlers publish")]
mod tests {
    use super::*;
    use crate::db::DocumentId;
    use crate::http::query::{Query, query};
    use axum::extract::FromRequestParts;
    use axum::http::Request;

    pub struct Item {
        id: DocumentId,
        name: String,
    }

    sorts! {
        /// Orders.
        enum ItemSort of Item, then id {
            Up = "name" by name in UP,
            Down = "-name" by name in DOWN,
        }
    }
    const UP: &str = "up";
    const DOWN: &str = "down";

    query! {
        /// A list of items.
        struct ItemQuery for Item, sorted by ItemSort {
            /// Only of this owner.
            owner: Uuid,
        }
    }

    async fn read(query: &str) -> Result<ItemQuery> {
        let request = Request::get(format!("/items?{query}"))
            .body(())
            .expect("a request");
        let Query(query) = Query::from_request_parts(&mut request.into_parts().0, &()).await?;
        Ok(query)
    }

    fn items(names: &[&str]) -> Vec<Item> {
        let item = |(at, name): (usize, &&str)| Item {
            id: Uuid::from_u128(at as u128).into(),
            name: (*name).to_owned(),
        };
        names.iter().enumerate().map(item).collect()
    }

    async fn cursor_after(query: &str, names: &[&str]) -> Option<String> {
        let query = read(query).await.expect("a valid query");
        Bound::new(&query, Uuid::nil().into(), "/items")
            .page(items(names))
            .next_cursor
    }

    #[tokio::test]
    async fn the_last_page_has_no_next_cursor() {
        assert_eq!(cursor_after("limit=2", &["a", "b"]).await, None);
        assert_eq!(cursor_after("limit=2", &[]).await, None);
        assert!(cursor_after("limit=2", &["a", "b", "c"]).await.is_some());
    }

    #[tokio::test]
    async fn a_cursor_leads_on_after_the_last_item_shown() {
        let cursor = cursor_after("limit=2&sort=-name", &["c", "b\n\"", "a"]).await;
        let next = format!("sort=-name&cursor={}", cursor.expect("a next page"));
        let query = read(&next).await.expect("our own cursor");
        let bound = Bound::new(&query, Uuid::nil().into(), "/items");
        let after = bound.after().expect("our own cursor");
        assert_eq!(after, (Some("b\n\""), Some(Uuid::from_u128(1))));
    }

    #[tokio::test]
    async fn a_cursor_of_another_list_is_refused() {
        let cursor = cursor_after("limit=1", &["a", "b"])
            .await
            .expect("a next page");
        let used = async |query: &str, tenant: u128, path: &str| {
            let query = read(&format!("{query}&cursor={cursor}")).await?;
            Bound::new(&query, Uuid::from_u128(tenant).into(), path)
                .after()
                .map(|_| ())
        };
        used("sort=name", 0, "/items")
            .await
            .expect("the default sort, spelled out");
        let owner = format!("owner={}", Uuid::nil());
        for (query, tenant, path) in [
            ("sort=-name", 0, "/items"),
            (owner.as_str(), 0, "/items"),
            ("", 1, "/items"),
            ("", 0, "/others"),
        ] {
            let error = used(query, tenant, path).await.expect_err(query);
            assert_eq!(error.code(), "cursor_invalid");
        }
    }

    #[tokio::test]
    async fn a_bad_parameter_is_named() {
        for (query, code, field) in [
            ("limit=0", "parameter_invalid", "limit"),
            ("limit=101", "parameter_invalid", "limit"),
            ("limit=x", "parameter_invalid", "limit"),
            ("limit=1&limit=2", "parameter_invalid", "limit"),
            ("sort=size", "parameter_invalid", "sort"),
            ("owner=me", "parameter_invalid", "owner"),
            ("owner=%00", "parameter_invalid", "owner"),
            ("page=2", "parameter_invalid", "page"),
            ("cursor=!", "cursor_invalid", "cursor"),
            ("cursor=e30", "cursor_invalid", "cursor"),
        ] {
            let Error::Invalid {
                code: found,
                fields,
            } = read(query).await.expect_err(query)
            else {
                panic!("{query} is not a 422")
            };
            assert_eq!((&*found, &*fields[0].field), (code, field), "{query}");
        }
    }
}
