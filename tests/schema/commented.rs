//! Comments: what a reviewer at `psql` can not guess from a name is said in the catalog.

use super::{assert_none, list};
use crate::support::Database;

#[tokio::test]
async fn every_table_says_what_a_row_is() {
    let database = Database::migrated().await;
    let found = list(
        &database.admin().await,
        "select oid::regclass::text from pg_class
        where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
            and relkind in ('r', 'p') and not relispartition
            and oid <> 'platform.migrations'::regclass
            and obj_description(oid, 'pg_class') is null
        order by 1",
    )
    .await;
    assert_none("tables without a comment", &found, &[]);
}

/// Odd is a column whose values do not explain themselves: bytes, lists, documents, and a state
/// that decides about access.
#[tokio::test]
async fn every_odd_column_says_what_it_holds() {
    let database = Database::migrated().await;
    let found = list(
        &database.admin().await,
        "select a.attrelid::regclass || '.' || a.attname
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
            and c.relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
            and c.oid <> 'platform.migrations'::regclass and not c.relispartition
        join pg_type t on t.oid = a.atttypid
        where a.attnum > 0 and not a.attisdropped
            and (t.typname in ('bytea', 'jsonb') or t.typcategory = 'A'
                or a.attname in ('state', 'level', 'access', 'kind'))
            and col_description(a.attrelid, a.attnum) is null
        order by 1",
    )
    .await;
    assert_none("odd columns without a comment", &found, &[]);
}
