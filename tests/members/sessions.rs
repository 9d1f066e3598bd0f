//! Sessions of one tenant: opened by its own issuer, and nothing anywhere else.

use bulkhead::config::Plane;
use serde_json::Value;
use uuid::Uuid;

use super::{by, switch};
use crate::support::{Server, hash, id};

/// A session of acme.owner's, bound to acme, by this name.
async fn bound(server: &Server, who: &str, tenant: &str) {
    let bind = format!(
        "update platform.credentials set tenant_id = '{}', user_id = '{}' where id = '{}'",
        id(tenant),
        id("multi"),
        id(who)
    );
    server.world.arrange(bind).await;
}

async fn listed(server: &Server, token: &str) -> Vec<Uuid> {
    let listed = by(server, token, "GET", "/v1/sessions").await.must(200);
    let items = listed.json()["items"].as_array().expect("a list").clone();
    let id = |item: &Value| item["id"].as_str().expect("an id").parse().expect("a UUID");
    let mut ids: Vec<Uuid> = items.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

fn all(names: &[&str]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = names.iter().map(|name| id(name)).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_session_of_one_tenant_sees_and_ends_those_of_that_tenant_alone() {
    let server = Server::start().await;
    let (one, two, there) = (
        "acme.owner session",
        "acme.admin session",
        "globex.owner session",
    );
    for (session, tenant) in [(one, "acme"), (two, "acme"), (there, "globex")] {
        bound(&server, session, tenant).await;
    }
    let free = "multi session";
    let token = |name: &str| server.world.token(name);
    assert_eq!(listed(&server, token(one)).await, all(&[one, two]));
    assert_eq!(
        listed(&server, token(free)).await,
        all(&[one, two, there, free])
    );
    let tenants = by(&server, token(one), "GET", "/v1/me/tenants").await;
    let tenants = tenants.must(200).json();
    assert_eq!(tenants["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(tenants["items"][0]["slug"], "acme");
    for other in [there, free] {
        let path = format!("/v1/sessions/{}", id(other));
        by(&server, token(one), "DELETE", &path).await.must(404);
    }
    by(&server, token(one), "DELETE", "/v1/sessions")
        .await
        .must(204);
    by(&server, token(two), "GET", "/v1/me").await.must(401);
    for kept in [one, there, free] {
        by(&server, token(kept), "GET", "/v1/me").await.must(200);
    }
    let refused = switch(&server, token(one), "globex").await;
    assert_eq!(refused.refusal(), "403 session_bound");
    by(&server, token(free), "DELETE", "/v1/sessions")
        .await
        .must(204);
    by(&server, token(one), "GET", "/v1/me").await.must(401);
}

/// What a browser held is given up by its own person alone.
#[tokio::test]
async fn a_new_session_replaces_one_of_the_same_person_and_nothing_else() {
    let server = Server::start().await;
    let plane = server.world.database.login(Plane::Identity).await;
    let replace = async |held: &str, opened: &str| {
        let (held, opened) = (hash(held), hash(opened));
        let call = format!("select app.replace_session({held}, {opened}, array['request-1'])");
        let row = plane.query_one(&call, &[]).await.expect("it may");
        row.get::<_, i64>(0)
    };
    bound(&server, "acme.owner session", "acme").await;
    for (held, opened, ended) in [
        // Planted: somebody else's, or no session at all.
        ("acme.viewer session", "multi session", 0),
        ("acme.viewer", "acme.viewer session", 0),
        ("multi session", "multi session", 0),
        ("acme.viewer session", "acme.viewer", 0),
        ("acme.owner session", "multi session", 1),
        ("acme.owner session", "multi session", 0),
    ] {
        assert_eq!(replace(held, opened).await, ended, "{held} by {opened}");
    }
    for (name, status) in [
        ("acme.viewer session", 200),
        ("acme.viewer", 200),
        ("multi session", 200),
        ("acme.owner session", 401),
    ] {
        server.get(name, "/v1/me").await.must(status);
    }
    let api = server.world.login().await;
    let call = format!(
        "select app.replace_session({0}, {0}, null)",
        hash("multi session")
    );
    assert!(
        api.query_one(&call, &[]).await.is_err(),
        "on no other plane"
    );
}
