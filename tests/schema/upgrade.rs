//! Upgrades: rows written under any earlier schema are there under today's.
//!
//! For every version but the last: migrate up to it, write what could be written then, migrate
//! on as an operator would, and find every row with all it held. A new migration extends the
//! test by one line in `versions.rs`: the rows that only it makes possible. A migration that
//! changes a column's values on purpose says so in `CHANGED`, as `schema.table.column`.

use bulkhead::schema::GROUND;
use refinery::Target;
use tokio_postgres::Client;

use super::versions::ROWS;
use super::{list, migrated};
use crate::support::Database;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Columns whose values a later migration changes on purpose.
const CHANGED: &[&str] = &[
    "platform.credentials.payload",
    // Moved to keystore.salts.
    "keystore.pseudonyms.salt",
    "tenant.members.tenant_state",
];

/// Stands for the definitions of an older release: an event trigger that lets no table change, and
/// a trigger that counts every update of a row.
const BUILT: &str = "
    create schema app authorization bulkhead_owner;
    create function app.refuse() returns event_trigger language plpgsql
        as $$ begin raise exception 'no table changes here'; end $$;
    create function app.count_up() returns trigger language plpgsql
        as $$ begin new.version := old.version + 1; return new; end $$;
    do $$
    declare
        found record;
    begin
        for found in
            select attrelid::regclass as name from pg_attribute a
            join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
            where attname = 'version' and relname <> 'migrations'
                and relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
        loop
            execute format('create trigger t10_touch before update on %s
                for each row execute function app.count_up()', found.name);
        end loop;
    end
    $$;
    create event trigger upgrade_guard on ddl_command_end when tag in ('ALTER TABLE')
        execute function app.refuse()";

/// What fills columns by trigger, by the version that brought them.
const FILLED: &[(u32, &str)] = &[(16, STATE), (18, PSEUDONYM)];

const STATE: &str = "
    create function app.copy_state() returns trigger language plpgsql as $$ begin
        new.tenant_state := (select state from platform.tenants where id = new.tenant_id);
        return new;
    end $$;
    create trigger t10_state before insert on tenant.roles
        for each row execute function app.copy_state()";

const PSEUDONYM: &str = "
    create function app.draw_pseudonym() returns trigger language plpgsql as $$ begin
        new.pseudonym := gen_random_uuid();
        return new;
    end $$;
    create trigger t10_pseudonym before insert on tenant.members
        for each row execute function app.draw_pseudonym()";

/// A database as the release that ended with `version` left it.
async fn as_of(version: u32) -> Database {
    let database = Database::empty().await;
    let mut admin = database.admin().await;
    for (path, text) in GROUND {
        admin
            .batch_execute(text)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
    }
    let settings = "set role bulkhead_owner; set search_path = pg_catalog, pg_temp";
    admin
        .batch_execute(settings)
        .await
        .expect("a superuser may");
    let mut runner = embedded::migrations::runner()
        .set_grouped(true)
        .set_target(Target::Version(
            version.try_into().expect("a version is small"),
        ));
    runner.set_migration_table_name("platform.migrations");
    runner
        .run_async(&mut admin)
        .await
        .expect("the migrations run");
    database
}

/// Every row of ours as `table json`, without what changes on purpose.
async fn rows(admin: &Client) -> Vec<(String, serde_json::Value)> {
    let tables = "select oid::regclass::text from pg_class
        where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
            and relkind = 'r' and relname <> 'migrations' order by 1";
    let mut rows = Vec::new();
    for table in list(admin, tables).await {
        let text = format!("select to_jsonb(x) from {table} x order by x::text");
        for row in admin.query(&text, &[]).await.expect("a superuser reads") {
            let mut value: serde_json::Value = row.get(0);
            let fields = value.as_object_mut().expect("a row is an object");
            fields.retain(|name, _| !CHANGED.contains(&&*format!("{table}.{name}")));
            rows.push((table.clone(), value));
        }
    }
    rows
}

/// Today's row may hold more than the old one, never less and nothing else.
fn holds(new: &serde_json::Value, old: &serde_json::Value) -> bool {
    let (Some(new), Some(old)) = (new.as_object(), old.as_object()) else {
        return false;
    };
    old.iter().all(|(name, value)| new.get(name) == Some(value))
}

#[tokio::test]
async fn an_upgrade_from_any_earlier_schema_keeps_every_row() {
    let (_, earlier) = ROWS.split_last().expect("there are migrations");
    for (done, (version, _)) in earlier.iter().enumerate() {
        let version = *version;
        let database = as_of(version).await;
        let admin = database.admin().await;
        admin.batch_execute(BUILT).await.expect("a superuser may");
        for (since, sql) in FILLED {
            if version >= *since {
                admin.batch_execute(sql).await.expect("a superuser may");
            }
        }
        for (of, sql) in ROWS.iter().filter(|(of, _)| *of <= version) {
            let written = admin.batch_execute(sql).await;
            written.unwrap_or_else(|error| panic!("rows of version {of}: {error:?}"));
        }
        let before = rows(&admin).await;
        let plan = migrated(&database).await;
        assert_eq!(plan.pending.len(), earlier.len() - done, "{plan:?}");
        let after = rows(&admin).await;
        for (table, old) in &before {
            let kept = after.iter().any(|(of, new)| of == table && holds(new, old));
            assert!(kept, "from version {version}: {table} lost {old}");
        }
        let count = |rows: &[(String, serde_json::Value)]| {
            rows.iter()
                .filter(|(table, _)| table == "tenant.documents")
                .count()
        };
        assert_eq!(count(&before), count(&after));
    }
}

/// Forgetting to extend the test is a failure, not a gap.
#[test]
fn every_migration_says_which_rows_it_makes_possible() {
    let mut versions: Vec<u32> = embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(|migration| {
            migration
                .version()
                .try_into()
                .expect("a version is positive")
        })
        .collect();
    versions.sort_unstable();
    let listed: Vec<u32> = ROWS.iter().map(|(version, _)| *version).collect();
    assert_eq!(listed, versions);
}
