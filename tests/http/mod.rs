//! The service as a client meets it: every promise of its HTTP interface.

mod errors;
mod idempotency;
mod lifecycle;
mod limits;
mod pages;
mod preconditions;
mod process;
mod proxy;
mod routes;
mod secrets;
mod tenancy;

use std::time::Duration;

use crate::support::{World, id};

/// Holds acme's roadmap until the admin's transaction ends: whoever changes it waits.
async fn hold_roadmap(world: &World) {
    let roadmap = id("acme/document/roadmap");
    let hold = format!("begin; select from tenant.documents where id = '{roadmap}' for update");
    world.arrange(hold).await;
}

/// Waits until somebody waits for what is held.
async fn somebody_waits(world: &World) {
    let admin = world.database.admin().await;
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    for _ in 0..400 {
        let row = admin
            .query_one(waiting, &[])
            .await
            .expect("activity can be read");
        if row.get::<_, i64>(0) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits");
}
