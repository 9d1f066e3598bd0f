//! Parameters: each bad one is named, in our own words, and nothing is done.

use serde_json::json;

use super::DOCUMENTS;
use crate::support::{Server, id};

const BOUNDS: &str = "must be between 1 and 100";

#[tokio::test]
async fn every_bad_parameter_is_named() {
    let server = Server::start().await;
    for (query, at) in [
        ("page=2", "page"),
        ("Limit=2", "Limit"),
        ("limit=1&limit=2", "limit"),
        ("sort=size", "sort"),
        ("workspace_id=plans", "workspace_id"),
        ("workspace_id=%00", "workspace_id"),
        ("created_by=me&offset=7&sort=x", "created_by sort offset"),
        (
            "tenant_id=00000000-0000-0000-0000-000000000000",
            "tenant_id",
        ),
    ] {
        let refused = server
            .get("acme.owner", &format!("{DOCUMENTS}?{query}"))
            .await;
        assert_eq!(
            refused.refusal(),
            format!("422 parameter_invalid {at}"),
            "{query}"
        );
    }
    let unreadable = server
        .get("acme.owner", &format!("{DOCUMENTS}?%ff=1"))
        .await;
    assert!(
        unreadable.status == 400 || unreadable.status == 422,
        "{}",
        unreadable.body
    );
}

#[tokio::test]
async fn a_write_that_names_an_unknown_parameter_is_not_performed() {
    let server = Server::start().await;
    let document = json!({ "workspace_id": id("acme/workspace/plans"), "title": "Rehearsed" });
    for (query, status) in [("?dry_run=1", 422), ("", 201)] {
        let path = format!("{DOCUMENTS}{query}");
        let answer = server.post("acme.owner", &path, &document).await;
        answer.must(status);
    }
    let made = "select count(*) from tenant.documents where title = 'Rehearsed'";
    assert_eq!(server.world.number(made).await, 1);
}

#[tokio::test]
async fn what_a_parameter_must_be_is_said_in_our_own_words() {
    let server = Server::start().await;
    for (query, message) in [
        ("limit=abc", BOUNDS),
        ("limit=0", BOUNDS),
        ("limit=-1", BOUNDS),
        ("limit=101", BOUNDS),
        ("limit=99999999999", BOUNDS),
        ("workspace_id=plans", "must be a UUID"),
    ] {
        let path = format!("{DOCUMENTS}?{query}");
        let refused = server.get("acme.owner", &path).await.must(422);
        assert!(refused.body.contains(message), "{query}: {}", refused.body);
    }
    let body = json!({ "workspace_id": "plans", "title": "x" });
    let refused = server.post("acme.owner", DOCUMENTS, &body).await.must(422);
    assert!(refused.body.contains("must be a UUID"), "{}", refused.body);
}
