//! Concurrency: roles are the cluster's, so migrations of two databases meet.

use super::migrated;
use crate::support::Database;

#[tokio::test]
async fn two_databases_of_one_cluster_migrate_at_once() {
    for _ in 0..2 {
        let (one, other) = (Database::empty().await, Database::empty().await);
        let (first, second) = tokio::join!(migrated(&one), migrated(&other));
        assert!(first.rebuild && second.rebuild);
        assert_eq!(first.pending, second.pending);
    }
}

#[tokio::test]
async fn two_migrations_of_one_database_do_the_work_once() {
    let database = Database::empty().await;
    let (first, second) = tokio::join!(migrated(&database), migrated(&database));
    assert!(
        first.is_empty() != second.is_empty(),
        "{first:?} {second:?}"
    );
}
