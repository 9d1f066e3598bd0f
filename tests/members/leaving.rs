//! Leaving: by one's own will or not, with all that one held for that tenant alone.

use serde_json::json;

use super::by;
use crate::support::{Answered, Server, World, id};

const LEAVE: &str = "/v1/me/membership";

async fn former(world: &World, who: &str) -> bool {
    let former = format!(
        "select count(*) from tenant.former_members where user_id = '{}'",
        id(who)
    );
    world.number(former).await == 1
}

async fn open_keys(world: &World, who: &str) -> i64 {
    let open = format!(
        "select count(*) from platform.credentials
         where user_id = '{}' and tenant_id is not null and revoked_at is null",
        id(who)
    );
    world.number(open).await
}

async fn is_back(server: &Server, who: &str) {
    let back = json!({ "email": format!("{who}@example.test"), "role": "member" });
    server
        .post("acme.owner", "/v1/members", &back)
        .await
        .must(201);
}

#[tokio::test]
async fn who_leaves_is_remembered_and_their_keys_are_over_for_good() {
    let server = Server::start().await;
    let world = &server.world;
    assert_eq!(
        open_keys(world, "acme.member").await,
        2,
        "and one that was revoked"
    );
    let left = server.by("acme.member", "DELETE", LEAVE).answer().await;
    left.must(204);
    assert!(former(world, "acme.member").await);
    assert_eq!(open_keys(world, "acme.member").await, 0);
    server.get("acme.member", "/v1/me").await.must(401);
    // Their session is theirs, and not this tenant's.
    let token = world.token("acme.member session");
    by(&server, token, "GET", "/v1/me").await.must(200);
    is_back(&server, "acme.member").await;
    assert!(!former(world, "acme.member").await);
    server.get("acme.member", "/v1/me").await.must(401);
    let told = "select count(*) from audit.events where action = 'member.delete'
        and route = '/v1/me/membership'";
    assert_eq!(world.number(told).await, 1);
}

#[tokio::test]
async fn who_is_taken_out_loses_the_same() {
    let server = Server::start().await;
    let session = id("acme.viewer session");
    let bind = format!(
        "update platform.credentials set tenant_id = '{}' where id = '{session}'",
        id("acme")
    );
    server.world.arrange(bind).await;
    let path = format!("/v1/members/{}", id("acme.viewer"));
    let refused = server.by("acme.member", "DELETE", &path).answer().await;
    refused.must(403);
    assert_eq!(open_keys(&server.world, "acme.viewer").await, 2);
    server
        .by("acme.admin", "DELETE", &path)
        .answer()
        .await
        .must(204);
    assert_eq!(open_keys(&server.world, "acme.viewer").await, 0);
    is_back(&server, "acme.viewer").await;
    for credential in ["acme.viewer", "acme.viewer session"] {
        server.get(credential, "/v1/me").await.must(401);
    }
}

#[tokio::test]
async fn the_last_owner_does_not_leave_nor_does_a_narrow_key() {
    let server = Server::start().await;
    let last = server.by("acme.owner", "DELETE", LEAVE).answer().await;
    assert_eq!(last.refusal(), "409 members_last_owner");
    let narrow = server.by("acme.scoped", "DELETE", LEAVE).answer().await;
    narrow.must(404);
    let session = server.by("acme.owner session", "DELETE", LEAVE);
    assert_eq!(session.answer().await.refusal(), "400 tenant_required");
    server.get("acme.owner", "/v1/me").await.must(200);
}
