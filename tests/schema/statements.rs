//! Statements: every one that the service can send plans as the role that will send it.

use bulkhead::config::Plane;
use bulkhead::{api, commands, db, directory, domains, http, ledger};
use tokio_postgres::Client;

use crate::support::{Act, Database};

/// Plans for any parameters. Privileges on tables, columns and functions are asked with it.
async fn plan(client: &Client, statement: &str) -> Result<(), tokio_postgres::Error> {
    let parameters = client.prepare(statement).await?.params().len();
    let nulls = vec!["null"; parameters].join(", ");
    let call = if parameters == 0 {
        String::new()
    } else {
        format!("({nulls})")
    };
    client
        .batch_execute(&format!("prepare planned as {statement}"))
        .await?;
    let explained = client
        .batch_execute(&format!("explain execute planned{call}"))
        .await;
    if explained.is_ok() {
        client.batch_execute("deallocate planned").await?;
    }
    explained
}

async fn assert_plans(database: &Database, plane: Plane, statements: &[&str]) {
    assert!(!statements.is_empty());
    let client = database.login(plane).await;
    let generic = "set plan_cache_mode = force_generic_plan";
    client
        .batch_execute(generic)
        .await
        .expect("anyone may set it");
    for statement in statements {
        let planned = plan(&client, statement).await;
        planned.unwrap_or_else(|error| {
            panic!(
                "as {}: {:?}\n{statement}",
                plane.role(),
                error.as_db_error()
            )
        });
    }
}

#[tokio::test]
async fn every_statement_of_a_request_plans_as_the_api_plane() {
    let database = Database::migrated().await;
    let mut statements = api::STATEMENTS.concat();
    statements.extend(http::STATEMENTS);
    statements.extend(db::STATEMENTS);
    assert_plans(&database, Plane::Api, &statements).await;
}

#[tokio::test]
async fn every_statement_of_the_operator_plans_as_the_control_plane() {
    let database = Database::migrated().await;
    assert_plans(
        &database,
        Plane::Control,
        &commands::CONTROL_STATEMENTS.concat(),
    )
    .await;
}

#[tokio::test]
async fn every_statement_of_who_signs_in_plans_as_the_identity_plane() {
    let database = Database::migrated().await;
    let mut statements = api::ENTRANCE.concat();
    statements.extend(http::ENTRANCE.concat());
    assert_plans(&database, Plane::Identity, &statements).await;
}

#[tokio::test]
async fn every_statement_of_housekeeping_plans_as_the_worker_plane() {
    let database = Database::migrated().await;
    assert_plans(&database, Plane::Worker, commands::WORKER_STATEMENTS).await;
    assert_plans(&database, Plane::Worker, domains::STATEMENTS).await;
    assert_plans(&database, Plane::Worker, directory::STATEMENTS).await;
}

#[tokio::test]
async fn every_statement_of_the_ledger_plans_as_the_sealer_plane() {
    let database = Database::migrated().await;
    assert_plans(&database, Plane::Sealer, &ledger::STATEMENTS.concat()).await;
}

#[tokio::test]
async fn every_statement_of_an_export_and_an_erasure_plans_as_the_compliance_plane() {
    let database = Database::migrated().await;
    assert_plans(&database, Plane::Compliance, ledger::bundle::STATEMENTS).await;
    assert_plans(&database, Plane::Compliance, ledger::erase::STATEMENTS).await;
    assert_plans(&database, Plane::Compliance, ledger::platform::STATEMENTS).await;
}

#[tokio::test]
async fn every_statement_of_doctor_plans_for_the_administrator() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    for statement in commands::DOCTOR_STATEMENTS {
        plan(&admin, statement)
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{statement}"));
    }
}

/// The tests above can fail: a plane that lacks a right is refused at planning.
#[tokio::test]
async fn a_statement_of_another_plane_does_not_plan() {
    let database = Database::migrated().await;
    let client = database.login(Plane::Api).await;
    for statement in [
        "select * from platform.users",
        "select hash from platform.credentials",
        "update tenant.documents set created_by = $1",
        "select app.rotate_seal_key($1)",
        "delete from tenant.nothing",
    ] {
        let act = Act::on(database.login(Plane::Api).await).await;
        assert!(plan(act.client(), statement).await.is_err(), "{statement}");
    }
    plan(&client, "select $1::uuid").await.expect("harmless");
}
