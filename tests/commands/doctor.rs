//! `doctor` is content with a database as it should be, and finds what was broken.

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Told, run};
use crate::support::{Database, Pooler, World};

fn examine(world: &World) -> (Told, Vec<Value>) {
    let told = run(world, &["doctor", "--json"]);
    let checks = told.json()["checks"].as_array().expect("a list").clone();
    (told, checks)
}

fn failed(checks: &[Value]) -> Vec<&str> {
    let failed = checks.iter().filter(|check| check["status"] == "fail");
    failed
        .map(|check| check["name"].as_str().expect("a check has a name"))
        .collect()
}

/// What is broken, by which statement, and how the check that must notice is called.
const BREAKS: [(&str, &str); 6] = [
    (
        "alter table tenant.documents no force row level security",
        "forced",
    ),
    (
        "alter table tenant.shares disable row level security",
        "row security is enabled",
    ),
    (
        "create policy more on tenant.documents for select to bulkhead_api using (true)",
        "no policy opens a tenant table to a plane unasked",
    ),
    (
        "grant temporary on database {database} to public",
        "bulkhead_api",
    ),
    (
        "delete from platform.migrations where version = 12",
        "migrations",
    ),
    (
        "comment on schema app is 'somebody else''s'",
        "functions, triggers, policies and grants",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_database_passes_and_each_break_is_found() {
    let world = World::start().await;
    let (told, checks) = examine(&world);
    assert_eq!(told.code, 0, "{:?} {told:?}", failed(&checks));
    assert!(checks.len() > 20, "{told:?}");
    drop(world);
    for (broken, noticed) in BREAKS {
        let world = World::start().await;
        let broken = broken.replace("{database}", &world.database.name);
        // Where it stands, it refuses some of this.
        let unguarded = format!("alter event trigger bulkhead_tenant_tables disable; {broken}");
        world.tamper(&unguarded).await;
        let (told, checks) = examine(&world);
        let failed = failed(&checks);
        assert_ne!(told.code, 0, "{broken}");
        assert!(
            failed.iter().any(|name| name.contains(noticed)),
            "{broken}: {failed:?}"
        );
        for check in checks.iter().filter(|check| check["status"] == "fail") {
            assert!(check["fix"].is_string(), "says what to do: {check}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_built_is_told_from_something_broken() {
    let database = Database::empty().await;
    let config = database.config();
    let api = config.plane_url(Plane::Api).expect("it has a URL");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_platformctl"))
        .args(["doctor", "--json"])
        .env_clear()
        .env("BULKHEAD_ADMIN_DATABASE_URL", database.admin_url())
        .env("BULKHEAD_API_DATABASE_URL", api.expose_secret())
        .output()
        .expect("platformctl starts");
    let told = super::told(output);
    assert_ne!(told.code, 0);
    let answer = told.json();
    let checks = answer["checks"].as_array().expect("a list");
    let fixes: Vec<&str> = checks
        .iter()
        .filter(|check| check["status"] == "fail")
        .filter_map(|check| check["fix"].as_str())
        .collect();
    assert!(
        fixes.iter().any(|fix| fix.contains("platformctl migrate")),
        "{answer:#}"
    );
    assert!(
        !told.out.contains("panicked") && told.err.is_empty(),
        "{told:?}"
    );
}

/// With which settings a pooler stands in between, and what `doctor` says of it.
const POOLERS: [(&[&str], &str, &str, &str); 4] = [
    (
        &["default_pool_size = 3"],
        "pool mode",
        "ok",
        "prepared statements follow",
    ),
    (&[], "pool mode", "warn", "over a single server connection"),
    (
        &["default_pool_size = 3", "max_prepared_statements = 0"],
        "pool mode",
        "fail",
        "loses prepared statements",
    ),
    (
        &[
            "default_pool_size = 3",
            "ignore_startup_parameters = extra_float_digits",
        ],
        "time limits",
        "fail",
        "the start-up packet",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_by_the_transaction_is_recognised_and_so_is_what_it_lacks() {
    for (settings, name, status, found) in POOLERS {
        let world = World::start().await;
        let Some(pooler) = Pooler::start(&world, settings).await else {
            return;
        };
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_platformctl"))
            .args(["doctor", "--json"])
            .env_clear()
            .env("BULKHEAD_ADMIN_DATABASE_URL", world.database.admin_url())
            .env("BULKHEAD_API_DATABASE_URL", &pooler.url)
            .output()
            .expect("platformctl starts");
        let told = super::told(output).json();
        let checks = told["checks"].as_array().expect("a list");
        let check = checks.iter().find(|check| check["name"] == name);
        let check = check.unwrap_or_else(|| panic!("no {name} in {told:#}"));
        assert_eq!(check["status"], status, "{settings:?}: {check}");
        let words = check["found"].as_str().expect("a text");
        assert!(words.contains(found), "{settings:?}: {check}");
    }
}
