//! The history's upkeep: room for what is to come, and locks that a restore has worn.

use bulkhead::schema::check;

use super::{administrator, list, migrated};
use crate::support::{Database, unguarded};

/// One event of each moment, written past the functions that would date it now.
const STRAYS: &str = "
    insert into audit.events (tenant_id, id, occurred_at, actor_type, db_role, action, outcome,
        resource_type, policy_version)
    select gen_random_uuid(), app.first_id(at), now(), 'dba', 'x', 'user.create', 'ok', 'user', ''
    from unnest(array[now() + interval '50 months', timestamptz '2020-05-05']) as at;
    insert into audit.event_pii (tenant_id, event_id, person, content)
    select gen_random_uuid(), app.first_id('2020-05-05'), gen_random_uuid(), '{}'";

const COUNTS: &str = "
    select (select count(*) from audit.events_later) + (select count(*) from audit.event_pii_later),
        (select count(*) from audit.events), (select count(*) from audit.event_pii)";

#[tokio::test]
async fn what_fitted_into_no_month_gets_one_at_the_next_migration() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    admin
        .batch_execute(STRAYS)
        .await
        .expect("the last one takes them");
    let before = admin.query_one(COUNTS, &[]).await.expect("counts");
    assert_eq!(before.get::<_, i64>(0), 3);
    // As when a month has come for which none was made.
    let missing = "do $$ begin execute format('drop table audit.event_pii_%s',
        to_char(now() at time zone 'UTC' + '2 years', 'YYYY_MM')); end $$";
    admin
        .batch_execute(&unguarded(missing))
        .await
        .expect("a superuser may");
    assert!(
        migrated(&database).await.rebuild,
        "less than two years are left"
    );
    let after = admin.query_one(COUNTS, &[]).await.expect("counts");
    assert_eq!(after.get::<_, i64>(0), 0, "each is in its month");
    for at in [1, 2] {
        assert_eq!(
            after.get::<_, i64>(at),
            before.get::<_, i64>(at),
            "none is lost"
        );
    }
    let refused = admin
        .batch_execute("delete from audit.events_2020_05")
        .await;
    assert!(refused.is_err(), "the new month is locked as well");
    assert!(migrated(&database).await.is_empty(), "and that was all");
}

#[tokio::test]
async fn triggers_that_a_restore_of_data_has_worn_are_mended() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let worn = "alter table audit.events enable trigger all;
        alter table tenant.documents enable trigger all";
    admin
        .batch_execute(&unguarded(worn))
        .await
        .expect("a superuser may");
    assert!(migrated(&database).await.rebuild);
    let left = "select count(*) from pg_trigger where tgenabled <> 'A'
        and (tgname like 't90\\_audit%' or tgname in ('t10_append_only', 't10_not_emptied'))";
    let left: i64 = admin
        .query_one(left, &[])
        .await
        .expect("the catalog")
        .get(0);
    assert_eq!(left, 0);
}

/// The check names the exempt tables itself, since not every administrator may call functions.
#[tokio::test]
async fn a_table_that_is_not_exempt_is_missed_when_it_is_not_recorded() {
    let database = Database::migrated().await;
    let mut admin = administrator(&database).await;
    let client = database.admin().await;
    let recorders = "select tgrelid::regclass || ' ' || tgname from pg_trigger
        where tgname like 't90\\_audit%' order by 1";
    let recorders = list(&client, recorders).await;
    assert!(recorders.len() > 25, "{recorders:?}");
    for recorder in recorders {
        let (table, trigger) = recorder.split_once(' ').expect("two names");
        let turn = async |how: &str| {
            let sql = unguarded(&format!("alter table {table} {how} trigger {trigger}"));
            client.batch_execute(&sql).await.expect("a superuser may");
        };
        turn("disable").await;
        let found = check(&mut admin).await.expect("the catalog can be read");
        assert!(
            found.iter().any(|one| one.object == table),
            "{recorder}: {found:?}"
        );
        turn("enable always").await;
    }
    let found = check(&mut admin).await.expect("the catalog can be read");
    assert_eq!(found, []);
}
