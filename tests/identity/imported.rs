//! Who was brought along from another system is themselves when they come, and nobody else is.

use std::fs;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ISSUER, Said, comes};
use crate::commands::run;
use crate::support::World;

fn import(world: &World, users: &[Value]) {
    let path = std::env::temp_dir().join(format!("{}.jsonl", Uuid::new_v4()));
    let lines: Vec<String> = users.iter().map(Value::to_string).collect();
    fs::write(&path, lines.join("\n")).expect("a file");
    let file = path.to_str().expect("UTF-8");
    let told = run(world, &["users", "import", file, "--source", "old"]);
    fs::remove_file(&path).expect("it goes");
    assert_eq!(told.code, 0, "{told:?}");
}

fn shown(world: &World, legacy: &str) -> Value {
    run(
        world,
        &["user", "show", legacy, "--legacy", "old", "--json"],
    )
    .json()
}

fn user(world: &World, legacy: &str) -> Uuid {
    let shown = shown(world, legacy);
    let id = shown["id"].as_str().expect("an id");
    id.parse().expect("a UUID")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_by_an_imported_login_is_that_user_and_gets_a_place_of_their_own_once() {
    let world = World::start().await;
    let login = json!({ "issuer": ISSUER, "subject": "nora" });
    import(
        &world,
        &[
            json!({ "legacy_id": "7", "email": "nora@home.test", "email_verified": true,
            "canonical_subject": "did:privy:nora", "identities": [login] }),
        ],
    );
    let imported = user(&world, "7");
    assert_eq!(
        shown(&world, "7")["personal_tenant"],
        Value::Null,
        "not yet"
    );
    let all = join_all((0..20).map(|_| comes(&world, Said::of("nora")))).await;
    assert!(all.iter().all(|came| came.user == imported));
    let after = shown(&world, "7");
    assert_eq!(after["id"], imported.to_string());
    assert_eq!(after["canonical_subject"], "did:privy:nora");
    assert_eq!(after["legacy"][0]["legacy_id"], "7");
    assert!(after["personal_tenant"].is_string(), "{after}");
    let places = format!(
        "select count(*) from platform.tenants t
        join tenant.workspaces w on w.tenant_id = t.id where t.personal_user_id = '{imported}'"
    );
    assert_eq!(world.number(places).await, 1);
    // Known by that login, they are not found by their address through another.
    let other = comes(&world, Said::proven("mallory", "nora@home.test")).await;
    assert_ne!(other.user, imported);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_an_imported_address_is_that_user_if_it_was_verified_there() {
    let world = World::start().await;
    import(
        &world,
        &[
            json!({ "legacy_id": "proven", "email": "zoe@home.test", "email_verified": true }),
            json!({ "legacy_id": "claimed", "email": "max@home.test", "email_verified": false }),
            json!({ "legacy_id": "silent", "email": "eve@home.test" }),
            // Folds to one that is not theirs, in some locales.
            json!({ "legacy_id": "odd", "email": "\u{130}da@home.test", "email_verified": true }),
        ],
    );
    let claims = comes(&world, Said::claimed("mallory", "zoe@home.test")).await;
    assert_ne!(claims.user, user(&world, "proven"), "an unproven word");
    let said = Said::proven("zoe", "zoe@home.test");
    let all = join_all((0..20).map(|_| comes(&world, said))).await;
    let zoe = user(&world, "proven");
    assert!(all.iter().all(|came| came.user == zoe));
    assert!(shown(&world, "proven")["personal_tenant"].is_string());
    for (legacy, address) in [
        ("claimed", "max@home.test"),
        ("silent", "eve@home.test"),
        ("odd", "ida@home.test"),
    ] {
        let came = comes(&world, Said::proven(legacy, address)).await;
        assert_ne!(came.user, user(&world, legacy), "{legacy}");
        assert_eq!(shown(&world, legacy)["email"], Value::Null, "{legacy}");
    }
}
