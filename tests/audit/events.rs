//! Events: what each change leaves behind.

use reqwest::header::IF_MATCH;
use serde_json::{Value, json};

use super::{event_of, events_of};
use crate::support::{Answered, Server, entering, id};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Sends a request that goes by a name.
async fn send(server: &Server, who: &str, method: &str, path: &str, name: &str, body: &Value) {
    let request = server
        .by(who, method, path)
        .header("x-request-id", name)
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .header("bulkhead-reason", "because of ticket 7")
        .header("user-agent", "tests/1.0")
        .header(IF_MATCH, "*");
    let reply = match body {
        Value::Null => request.answer().await,
        body => request.json(body).answer().await,
    };
    assert!(
        reply.status < 300,
        "{name}: {} {}",
        reply.status,
        reply.body
    );
}

#[tokio::test]
async fn a_document_s_life_is_told_by_who_did_what_when_and_why() {
    let server = Server::start().await;
    let plans = id("acme/workspace/plans");
    let body = json!({ "workspace_id": plans, "title": "First", "body": "the text itself" });
    send(
        &server,
        "acme.member",
        "POST",
        "/v1/documents",
        "made",
        &body,
    )
    .await;
    let made = event_of(&server, "made").await;
    for (field, value) in [
        ("action", json!("document.create")),
        ("outcome", json!("ok")),
        ("actor_type", json!("api_key")),
        ("resource_type", json!("document")),
        ("workspace_id", json!(plans)),
        ("subject", Value::Null),
        ("db_role", json!("bulkhead_api")),
        ("request_id", json!("made")),
        ("trace_id", json!(TRACE)),
        ("route", json!("/v1/documents")),
        ("app_version", json!(env!("CARGO_PKG_VERSION"))),
        ("credential_id", json!(id("acme.member"))),
        ("version", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let details = &made["details"];
    assert_eq!(details["client_ip"], "127.0.0.1");
    assert_eq!(details["reason"], "because of ticket 7");
    assert_eq!(details["user_agent"], "tests/1.0");
    assert_eq!(made["span_id"].as_str().map(str::len), Some(16));
    assert_eq!(details["after"]["title"], "First");
    assert_eq!(details["after"]["body"]["octets"], 15);
    assert!(!made.to_string().contains("the text itself"), "{made}");

    let document = made["resource_id"].as_str().expect("which document");
    let path = format!("/v1/documents/{document}");
    let title = json!({ "title": "Second" });
    send(&server, "acme.member", "PATCH", &path, "renamed", &title).await;
    let renamed = event_of(&server, "renamed").await;
    assert_eq!(renamed["action"], "document.update");
    assert_eq!(renamed["changed_columns"], json!(["title"]));
    assert_eq!(renamed["actor"], made["actor"]);
    assert_eq!(renamed["details"]["before"], json!({ "title": "First" }));
    assert_eq!(renamed["details"]["after"], json!({ "title": "Second" }));

    send(
        &server,
        "acme.owner",
        "DELETE",
        &path,
        "deleted",
        &Value::Null,
    )
    .await;
    let deleted = event_of(&server, "deleted").await;
    assert_eq!(deleted["action"], "document.delete");
    assert_eq!(deleted["details"]["before"]["title"], "Second");
    assert_ne!(deleted["actor"], made["actor"]);

    let list = format!("/v1/audit/events?resource_id={document}&sort=recorded_at");
    let list = server.get("acme.owner", &list).await.must(200).json();
    let told = list["items"].as_array().expect("a page has items");
    assert_eq!(
        told,
        &[made, renamed, deleted],
        "in the order in which it happened"
    );
}

#[tokio::test]
async fn what_is_refused_undone_or_nothing_leaves_no_change_behind() {
    let server = Server::start().await;
    let blank = json!({ "workspace_id": id("acme/workspace/plans"), "title": " " });
    let refused = server.by("acme.member", "POST", "/v1/documents");
    let refused = refused.header("x-request-id", "blank").json(&blank);
    assert_eq!(refused.answer().await.status, 422);
    assert!(events_of(&server, "blank").await.is_empty());

    let path = format!("/v1/documents/{}", id("acme/document/roadmap"));
    let there = server.get("acme.member", &path).await.must(200);
    send(
        &server,
        "acme.member",
        "PATCH",
        &path,
        "nothing",
        &json!({}),
    )
    .await;
    assert!(events_of(&server, "nothing").await.is_empty());
    let still = server.get("acme.member", &path).await.must(200);
    assert_eq!(still.body, there.body, "not even its version is another");

    let scale = json!({ "metadata": { "n": 1.0 } });
    send(&server, "acme.member", "PATCH", &path, "number", &scale).await;
    let act = server.world.begin("begin").await;
    act.must(entering("acme.owner")).await;
    let told = "select 1 from audit.events where recorded_at > now()";
    let rescale = "update tenant.documents set metadata = '{\"n\": 1.000}'
        where metadata ->> 'n' = '1.0'";
    assert_eq!(act.must(rescale).await.affected, 1);
    assert_eq!(
        act.must(told).await.affected,
        1,
        "what is equal is not the same"
    );
    drop(act);

    let act = server.world.begin("begin").await;
    act.must(entering("acme.owner")).await;
    let insert = format!(
        "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
        values (app.tenant_id(), '{}', 'undone', app.user_id())",
        id("acme/workspace/plans")
    );
    act.must(format!(
        "savepoint before; {insert}; rollback to savepoint before"
    ))
    .await;
    assert_eq!(
        act.must(told).await.affected,
        0,
        "the savepoint took it back"
    );
    act.must(&insert).await;
    assert_eq!(act.must(told).await.affected, 1, "and this one stands");
}

#[tokio::test]
async fn what_is_done_to_another_person_names_them_by_pseudonym() {
    let server = Server::start().await;
    let path = format!("/v1/members/{}", id("acme.viewer"));
    let name = json!({ "display_name": "Violet" });
    send(&server, "acme.owner", "PATCH", &path, "named", &name).await;
    let event = event_of(&server, "named").await;
    assert_eq!(event["action"], "member.update");
    assert!(event["subject"].is_string() && event["subject"] != event["actor"]);
    assert_eq!(event["details"]["after"]["display_name"], "Violet");
    let told = format!(
        "/v1/audit/events?subject={}",
        event["subject"].as_str().unwrap_or("")
    );
    let told = server.get("acme.auditor", &told).await.must(200).json();
    assert_eq!(told["items"][0], event);
}

#[tokio::test]
async fn no_event_holds_an_id_an_address_or_a_name_of_a_person() {
    let server = Server::start().await;
    let path = format!("/v1/members/{}", id("acme.viewer"));
    let name = json!({ "display_name": "Violet Viewer" });
    send(&server, "acme.owner", "PATCH", &path, "named", &name).await;
    let admin = &server.world.admin;
    let named = "
        select p.what || ' in ' || e.action
        from (
            select id::text as what from platform.users
            union select email from platform.users
            union select email from tenant.members
            -- One word may be a noun of ours, too.
            union select display_name from tenant.members where display_name like '% %'
        ) p
        -- Here keys have the ids of their owners.
        join audit.events e on strpos(lower((to_jsonb(e) - 'credential_id'
            - case when e.resource_type in ('api_key', 'session') then 'resource_id' else '' end
            )::text), lower(p.what)) > 0
        limit 5";
    // As a search that could not find anything would find nothing.
    let all = admin.query("select from audit.events", &[]).await;
    assert!(all.expect("the superuser reads").len() > 100);
    let pii = "select from audit.event_pii where content like '%acme.owner@example.test%'";
    assert!(
        !admin
            .query(pii, &[])
            .await
            .expect("the superuser reads")
            .is_empty()
    );
    let named = admin.query(named, &[]).await.expect("the superuser reads");
    let named: Vec<String> = named.iter().map(|row| row.get(0)).collect();
    assert!(named.is_empty(), "{named:?}");
}

#[tokio::test]
async fn an_event_says_which_policies_were_in_force() {
    let server = Server::start().await;
    let path = format!("/v1/documents/{}", id("acme/document/roadmap"));
    send(
        &server,
        "acme.member",
        "PATCH",
        &path,
        "under",
        &json!({ "title": "Under" }),
    )
    .await;
    let version = event_of(&server, "under").await["policy_version"].clone();
    let text = "select encode(version, 'hex') from audit.policy_versions
        where policies like '%tenant.documents documents_tenancy restrictive * to%'";
    let known = server.world.admin.query_one(text, &[]).await;
    let known: String = known.expect("one version so far").get(0);
    assert_eq!(version, json!(known));
}

#[tokio::test]
async fn a_session_goes_by_another_id_in_each_tenant() {
    let server = Server::start().await;
    let path = format!("/v1/documents/{}", id("acme/document/roadmap"));
    let request = server.by("acme.member session", "PATCH", &path);
    let request = request
        .header("bulkhead-tenant", "acme")
        .header("x-request-id", "by-session")
        .header(IF_MATCH, "*");
    let reply = request
        .json(&json!({ "title": "By session" }))
        .answer()
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let event = event_of(&server, "by-session").await;
    assert_eq!(event["actor_type"], "user");
    let known_by = &event["credential_id"];
    assert!(known_by.is_string() && *known_by != json!(id("acme.member session")));
}
