//! Voices: what sessions can say to each other past all tables.

use bulkhead::config::Plane;
use futures_util::FutureExt;
use uuid::Uuid;

use crate::support::{Door, World, caller, id, listener, relations};

/// Any plane may listen to any channel, and say anything on it: Postgres grants neither apart.
/// So the service says nothing there, and what planes tell each other is their own.
#[tokio::test]
async fn who_listens_on_any_channel_hears_nothing_of_the_services() {
    let door = Door::open().await;
    let (client, mut heard) = listener(&door.world).await;
    let tables = relations(&door.world.admin).await;
    let names = tables.iter().map(|table| table.name.replace("tenant.", ""));
    let guessed = ["app", "outbox", "events", "globex", "bulkhead", "tenant"];
    let guessed = guessed.map(str::to_owned).into_iter();
    for channel in names.chain(guessed).chain([id("globex").to_string()]) {
        let listen = format!("listen \"{channel}\"");
        client.batch_execute(&listen).await.expect("anyone may");
    }
    let globex = caller("globex.owner");
    for text in [
        "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
         select tenant_id, id, 'globex canary', created_by from tenant.workspaces",
        "update tenant.documents set body = 'globex canary'",
        "delete from tenant.shares",
        "delete from tenant.documents",
        "delete from tenant.workspaces",
    ] {
        let touched = door.db.write(&globex, text, &[]).await;
        assert!(touched.expect("an owner may") > 0, "{text}");
    }
    let other = door.world.login().await;
    let aloud = "notify documents, 'accepted'";
    other.batch_execute(aloud).await.expect("anyone may");
    let first = heard.recv().await.expect("what is said is heard");
    assert_eq!(
        first, "documents accepted",
        "the service said nothing before"
    );
    assert_eq!(heard.recv().now_or_never(), None);
}

/// Accepted: large objects know no row security, and belong to the role, which all tenants
/// share. Nothing of ours is kept in one, so they hold what an injected statement put there.
#[tokio::test]
async fn accepted_large_objects_are_shared_by_a_plane_and_hold_nothing_of_ours() {
    let door = Door::open().await;
    let made: (Uuid, u32) = door
        .db
        .write_one(
            &caller("acme.owner"),
            "select app.tenant_id(), pg_catalog.lo_from_bytea(0, 'acme')",
            &[],
        )
        .await
        .expect("until it is revoked, a plane may");
    assert_eq!(made.0, id("acme"));
    let read: (Vec<u8>,) = door
        .db
        .read_one(
            &caller("globex.owner"),
            "select pg_catalog.lo_get($1)",
            &[&made.1],
        )
        .await
        .expect("and read it as anybody");
    assert_eq!(read.0, b"acme");
    for plane in Plane::ALL.into_iter().filter(|plane| *plane != Plane::Api) {
        let login = door.world.database.login(plane).await;
        let get = format!("select lo_get({})", made.1);
        let refused = login.batch_execute(&get).await.expect_err("another role's");
        let code = refused.code().expect("the server refuses").code();
        assert_eq!(code, "42501", "{plane:?}");
    }
    let fresh = World::start().await;
    let ours = "select count(*) from pg_largeobject_metadata";
    assert_eq!(fresh.number(ours).await, 0, "the platform keeps none");
    for (of, text) in [
        ("service", bulkhead::api::STATEMENTS.concat()),
        ("door", bulkhead::db::STATEMENTS.to_vec()),
        ("front", bulkhead::http::STATEMENTS.to_vec()),
    ] {
        for statement in text {
            assert!(!statement.contains("lo_"), "{of}: {statement}");
            assert!(!statement.contains("notify"), "{of}: {statement}");
        }
    }
}
