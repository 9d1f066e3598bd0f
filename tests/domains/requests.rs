//! Join requests: whoever asks is let in by somebody who may, and turned down for good.

use serde_json::json;
use uuid::Uuid;

use super::{enrol, stranger};
use crate::support::{Server, id};

const REQUESTS: &str = "/v1/join-requests";

fn decide(request: Uuid, verb: &str) -> String {
    format!("{REQUESTS}/{request}/{verb}")
}

#[tokio::test]
async fn an_admin_sees_who_asks_and_lets_them_in_with_the_role_of_the_domain() {
    let server = Server::start().await;
    let listed = server.get("acme.member", REQUESTS).await.must(200).json();
    assert_eq!(listed["items"], json!([]));
    let pending = format!("{REQUESTS}?state=pending");
    let listed = server.get("acme.admin", &pending).await.must(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    let approve = decide(id("acme/join_request/asker"), "approve");
    let refused = server.post("acme.member", &approve, &json!({})).await;
    assert_eq!(refused.refusal(), "403 join_requests_update");
    server
        .post("globex.admin", &approve, &json!({}))
        .await
        .must(404);
    let decided = server
        .post("acme.admin", &approve, &json!({}))
        .await
        .must(200);
    assert_eq!(decided.text("state"), "approved");
    assert_eq!(decided.text("decided_by"), id("acme.admin").to_string());
    let member = format!("/v1/members/{}", id("acme.asker"));
    let member = server.get("acme.admin", &member).await.must(200);
    assert_eq!(
        (member.text("role"), member.text("email")),
        ("member".into(), "asker@mail.acme.example".into())
    );
    let again = server.post("acme.admin", &approve, &json!({})).await;
    assert_eq!(again.refusal(), "409 join_requests_decided");
}

#[tokio::test]
async fn who_is_turned_down_does_not_ask_again_nor_joins_and_may_still_be_let_in() {
    let server = Server::start().await;
    let (user, email) = (id("acme.beggar"), "beggar@mail.acme.example");
    let deny = decide(id("acme/join_request/beggar"), "deny");
    let denied = server.post("acme.owner", &deny, &json!({})).await.must(200);
    assert_eq!(denied.text("state"), "denied");
    for mode in ["request", "auto"] {
        let domain = id("acme/domain/mail");
        let set = format!("update tenant.domains set mode = '{mode}' where id = '{domain}'");
        server.world.arrange(set).await;
        assert_eq!(enrol(&server.world, user, email).await, None, "{mode}");
    }
    let approve = decide(id("acme/join_request/beggar"), "approve");
    let decided = server
        .post("acme.owner", &approve, &json!({}))
        .await
        .must(200);
    assert_eq!(decided.text("state"), "approved");
}

/// Else somebody who may decide, and no more, would make somebody who may do everything.
#[tokio::test]
async fn nobody_lets_somebody_in_with_more_than_they_hold() {
    let server = Server::start().await;
    let strong = format!(
        "update tenant.domains set role_id = '{}' where id = '{}'",
        id("acme/role/owner"),
        id("acme/domain/mail")
    );
    server.world.arrange(strong).await;
    let approve = decide(id("acme/join_request/asker"), "approve");
    let refused = server.post("acme.admin", &approve, &json!({})).await;
    assert_eq!(refused.refusal(), "403 members_role_id_above_own");
    server
        .post("acme.owner", &approve, &json!({}))
        .await
        .must(200);
}

#[tokio::test]
async fn who_was_brought_in_meanwhile_keeps_what_they_have() {
    let server = Server::start().await;
    let user = stranger(&server.world, "new").await;
    let asked = enrol(&server.world, user, "new@mail.acme.example").await;
    assert_eq!(asked.as_deref(), Some("requested"));
    let add = json!({ "email": "new@nowhere.example", "role": "viewer" });
    server
        .post("acme.admin", "/v1/members", &add)
        .await
        .must(201);
    let request = "select id from tenant.join_requests where user_id = $1";
    let request = server.world.admin.query_one(request, &[&user]).await;
    let approve = decide(request.expect("it is there").get(0), "approve");
    server
        .post("acme.admin", &approve, &json!({}))
        .await
        .must(200);
    let member = format!("/v1/members/{user}");
    let member = server.get("acme.admin", &member).await.must(200);
    assert_eq!(member.text("role"), "viewer");
}
