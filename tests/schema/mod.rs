//! Schema: what the database is made of stands as its files say, after any history.

mod check;
mod commented;
mod concurrent;
mod files;
mod guard;
mod guarded;
mod history;
mod keys;
mod migrate;
mod named;
mod owner;
mod picture;
mod rebuild;
mod statements;
mod upgrade;
mod versions;

use bulkhead::db::Admin;
use bulkhead::schema::{Plan, migrate};
use tokio_postgres::Client;

use crate::support::Database;

async fn administrator(database: &Database) -> Admin {
    Admin::connect(&database.config())
        .await
        .expect("the administrator connects")
}

/// As `platformctl migrate` does it.
async fn migrated(database: &Database) -> Plan {
    let mut admin = administrator(database).await;
    migrate(&mut admin).await.expect("the migration succeeds")
}

/// Makes the definitions look like those of another program: the next migration rebuilds them.
async fn age(admin: &Client) {
    let text = "comment on schema app is 'of another version'";
    admin
        .batch_execute(text)
        .await
        .expect("a superuser may comment");
}

/// The first column of what is asked, as text.
async fn list(admin: &Client, sql: &str) -> Vec<String> {
    let rows = admin.query(sql, &[]).await;
    let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// Fails with every line of `found`, except what `excused` lists with a reason; and where an
/// excuse is no longer needed, so that the list only shrinks.
fn assert_none(rule: &str, found: &[String], excused: &[(&str, &str)]) {
    let unexcused: Vec<_> = found
        .iter()
        .filter(|one| !excused.iter().any(|(name, _)| name == one))
        .collect();
    assert!(unexcused.is_empty(), "{rule}: {unexcused:#?}");
    for (name, _) in excused {
        assert!(
            found.iter().any(|one| one == name),
            "{rule}: {name} needs no excuse any more"
        );
    }
}
