//! Upgrades: rows written under any earlier schema are there under today's.
//!
//! For every version but the last: migrate up to it, write what could be written then, migrate
//! on as an operator would, and find every row with all it held. A new migration extends the
//! test by one line in [`ROWS`]: the rows that only it makes possible. A migration that changes
//! a column's values on purpose says so in `CHANGED`, as `schema.table.column`.

use bulkhead::schema::GROUND;
use refinery::Target;
use tokio_postgres::Client;

use super::{list, migrated};
use crate::support::Database;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What each migration makes possible, by its version.
const ROWS: &[(u32, &str)] = &[
    (
        1,
        "insert into platform.tenants (id, slug, name, settings)
        values ('00000000-0000-0000-0000-00000000000a', 'acme', 'Acme', '{\"a\": 1}');
        insert into platform.tenants (id, slug, name, state)
        values ('00000000-0000-0000-0000-0000000000aa', 'gone', 'Gone', 'suspended')",
    ),
    (
        2,
        "insert into platform.users (id, email, display_name)
        values ('00000000-0000-0000-0000-00000000000b', 'ann@acme.test', 'Ann')",
    ),
    (
        3,
        "insert into platform.credentials (id, kind, hash, user_id, name, expires_at)
        values ('00000000-0000-0000-0000-00000000000c', 'session', sha256('token'),
            '00000000-0000-0000-0000-00000000000b', 'a session', now() + interval '1 day');
        insert into platform.credential_uses values
            ('00000000-0000-0000-0000-00000000000c', now())",
    ),
    (
        4,
        "insert into platform.seal_keys (kid, inner_pad, outer_pad, retires_at)
        values ('0123abcd', decode(repeat('00', 64), 'hex'), decode(repeat('01', 64), 'hex'),
            now() + interval '1 hour')",
    ),
    // Reference data, which every migration makes anew.
    (5, ""),
    (
        6,
        "insert into tenant.roles (tenant_id, id, name)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000d',
            'clerk'),
            ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000dd',
            'clerk')",
    ),
    (
        7,
        "insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            '00000000-0000-0000-0000-00000000000d', 'ann@acme.test', 'Ann')",
    ),
    (
        8,
        "insert into tenant.teams (tenant_id, id, name, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000e',
            'crew', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.team_members (tenant_id, team_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000e',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        9,
        "insert into tenant.workspaces (tenant_id, id, name, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            'plans', '00000000-0000-0000-0000-00000000000b');
        insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000d')",
    ),
    (
        10,
        "insert into tenant.documents
            (tenant_id, id, workspace_id, title, body, metadata, created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000010',
            '00000000-0000-0000-0000-00000000000f', 'roadmap', 'a body', '{\"a\": [1, null]}',
            '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        11,
        "insert into tenant.shares (tenant_id, workspace_id, document_id, user_id, access,
            created_by)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000f',
            '00000000-0000-0000-0000-000000000010', '00000000-0000-0000-0000-00000000000b',
            'read', '00000000-0000-0000-0000-00000000000b')",
    ),
    (
        12,
        "insert into tenant.idempotency_keys
            (tenant_id, user_id, key, fingerprint, status, headers, body)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b',
            'retry', sha256('body'), 201, '{}', 'the answer')",
    ),
    // Nothing new: copies of what the tenant and the user say of themselves.
    (13, ""),
    (14, ""),
    (15, ""),
    (16, ""),
    (
        17,
        "insert into keystore.pseudonyms (tenant_id, user_id)
        values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000bb')",
    ),
    (18, ""),
];

/// Columns whose values a later migration changes on purpose.
const CHANGED: &[&str] = &[
    "platform.credentials.payload",
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

/// What fills `roles.tenant_state`, from version 16 on.
const STATE: &str = "
    create function app.copy_state() returns trigger language plpgsql as $$ begin
        new.tenant_state := (select state from platform.tenants where id = new.tenant_id);
        return new;
    end $$;
    create trigger t10_state before insert on tenant.roles
        for each row execute function app.copy_state()";

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
    let last = ROWS.last().expect("there are migrations").0;
    for version in 1..last {
        let database = as_of(version).await;
        let admin = database.admin().await;
        admin.batch_execute(BUILT).await.expect("a superuser may");
        if version >= 16 {
            admin.batch_execute(STATE).await.expect("a superuser may");
        }
        for (of, sql) in ROWS.iter().filter(|(of, _)| *of <= version) {
            let written = admin.batch_execute(sql).await;
            written.unwrap_or_else(|error| panic!("rows of version {of}: {error:?}"));
        }
        let before = rows(&admin).await;
        let plan = migrated(&database).await;
        assert_eq!(plan.pending.len(), (last - version) as usize, "{plan:?}");
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
