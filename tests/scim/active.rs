//! `active`: a directory's word, which is taken where it says it and nowhere else.

use serde_json::{Value, json};

use super::{Scene, USERS, fault};
use crate::support::id;

/// What the directory said last, as it is shown and as it is kept, and the member's state.
async fn told(scene: &Scene, user: &str) -> (Value, String) {
    let shown = scene.get(&format!("{USERS}/{user}")).await.must(200).json();
    let stale = "select count(*) from tenant.scim_users
        where (resource ->> 'active')::boolean is distinct from active";
    let stale = format!("{stale} and id = '{user}' and resource ? 'active'");
    assert_eq!(scene.world().number(stale).await, 0);
    let member = scene.member(user).await.expect("a member");
    (shown["active"].clone(), member.state)
}

async fn titled(scene: &Scene, user: &str) {
    let title = json!({ "op": "replace", "path": "title", "value": "Countess" });
    let changed = scene.patch(&format!("{USERS}/{user}"), title).await;
    changed.must(200);
}

#[tokio::test]
async fn whoever_was_shut_out_by_a_change_that_was_refused_stays_out_after_the_next() {
    let scene = Scene::start().await;
    let (ada, _) = (scene.user("ada").await, scene.user("eve").await);
    let change = |active: bool, name: &'static str| {
        let value = json!({ "active": active, "userName": name });
        let scene = &scene;
        let path = format!("{USERS}/{ada}");
        async move {
            scene
                .patch(&path, json!({ "op": "replace", "value": value }))
                .await
        }
    };
    assert_eq!(fault(&change(false, "eve").await), "409 uniqueness");
    let out = (json!(false), "deactivated".to_owned());
    assert_eq!(told(&scene, &ada).await, out);
    titled(&scene, &ada).await;
    assert_eq!(told(&scene, &ada).await, out);
    change(true, "ada").await.must(200);
    assert_eq!(told(&scene, &ada).await, (json!(true), "active".to_owned()));
}

#[tokio::test]
async fn whom_an_admin_has_let_in_a_change_of_something_else_does_not_shut_out() {
    let scene = Scene::start().await;
    let user = scene.user("acme.member@example.test").await;
    let path = format!("{USERS}/{user}");
    let deactivate = json!({ "op": "replace", "path": "active", "value": false });
    scene.patch(&path, deactivate).await.must(200);
    let member = format!("/v1/members/{}", id("acme.member"));
    let active = json!({ "state": "active" });
    let let_in = scene
        .server
        .patch("acme.owner", &member, "*", &active)
        .await;
    let_in.must(200);
    titled(&scene, &user).await;
    let nothing = json!({ "op": "add", "value": { "active": null, "nickName": "A" } });
    scene.patch(&path, nothing).await.must(200);
    assert_eq!(
        told(&scene, &user).await,
        (json!(false), "active".to_owned())
    );
    // Said again, it is done again.
    let again = json!({ "op": "add", "value": { "urn:ietf:params:scim:schemas:core:2.0:User:active":
        "False" } });
    scene.patch(&path, again).await.must(200);
    assert_eq!(
        told(&scene, &user).await,
        (json!(false), "deactivated".to_owned())
    );
}

#[tokio::test]
async fn the_last_owner_who_stayed_is_not_shut_out_later_by_a_change_of_something_else() {
    let scene = Scene::start().await;
    let out = json!({ "userName": "acme.owner@example.test", "active": false });
    assert_eq!(fault(&scene.send("POST", USERS, &out).await), "409");
    let page = scene.get(USERS).await.must(200).json();
    let user = page["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(
        told(&scene, &user).await,
        (json!(true), "active".to_owned())
    );
    let path = format!("{USERS}/{user}");
    let deactivate = || {
        scene.patch(
            &path,
            json!({ "op": "replace", "path": "active", "value": false }),
        )
    };
    assert_eq!(fault(&deactivate().await), "409");
    scene.has_another_owner().await;
    titled(&scene, &user).await;
    assert_eq!(
        told(&scene, &user).await,
        (json!(true), "active".to_owned())
    );
    deactivate().await.must(200);
    let member = scene.member(&user).await.expect("still a member");
    assert_eq!(&*member.state, "deactivated");
    // And with them, who answered for it, the directory.
    scene.get(&path).await.must(401);
}
