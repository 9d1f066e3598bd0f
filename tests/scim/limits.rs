//! Limits: how much a directory can make.

use serde_json::json;

use super::{GROUPS, Scene, USERS, by, directory, fault, said};
use crate::support::Answered;

/// Has the trigger stop at two, since a hundred thousand take a while.
fn lowered(table: &str, most: u32) -> String {
    format!(
        "do $$ declare told text; begin
            select pg_get_triggerdef(oid) into strict told from pg_trigger
            where tgrelid = 'tenant.{table}'::regclass and tgname = 't30_limit';
            assert position('{most}' in told) > 0, told;
            drop trigger t30_limit on tenant.{table};
            execute replace(told, '{most}', '2');
        end $$"
    )
}

#[tokio::test]
async fn a_directory_has_a_hundred_thousand_users_and_ten_thousand_groups_at_most() {
    let scene = Scene::start().await;
    for (table, most, path, code) in [
        ("scim_users", 100_000, USERS, "scim_directories_users_limit"),
        (
            "scim_groups",
            10_000,
            GROUPS,
            "scim_directories_groups_limit",
        ),
    ] {
        scene.world().tamper(&lowered(table, most)).await;
        let body = |name: &str| json!({ "userName": name, "displayName": name });
        for name in ["one", "two"] {
            scene.send("POST", path, &body(name)).await.must(201);
        }
        let refused = scene.send("POST", path, &body("three")).await;
        assert_eq!(fault(&refused), "409");
        assert!(refused.body.contains(code), "{}", refused.body);
        // Another directory has as many of its own.
        let (_, token) = directory(&scene.server, "acme.owner", path).await;
        let other = said(by(&scene.server, &token, "POST", path), &body("four"));
        other.answer().await.must(201);
    }
}
