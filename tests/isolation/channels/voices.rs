//! Voices: what sessions can say to each other past all tables.

use bulkhead::config::Plane;
use futures_util::FutureExt;

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

/// Large objects know no row security, so no plane is let near one.
#[tokio::test]
async fn large_objects_are_out_of_every_planes_reach() {
    let fresh = World::start().await;
    fresh.arrange("select lo_from_bytea(4711, 'acme')").await;
    for plane in Plane::ALL {
        let login = fresh.database.login(plane).await;
        for attempt in [
            "lo_from_bytea(0, 'mine')",
            "lo_create(0)",
            "lo_creat(-1)",
            "lo_get(4711)",
            "lo_put(4711, 0, 'x')",
            "lo_open(4711, 262144)",
            "lo_unlink(4711)",
            "lo_export(4711, '/tmp/x')",
        ] {
            let refused = login.batch_execute(&format!("select {attempt}")).await;
            let refused = refused.expect_err("no plane may");
            let code = refused.code().expect("the server refuses").code();
            assert_eq!(code, "42501", "{plane:?}: {attempt}");
        }
    }
    fresh.arrange("select lo_unlink(4711)").await;
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
