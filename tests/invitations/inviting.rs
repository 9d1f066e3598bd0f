//! Inviting: only with what one holds oneself, and nothing is told that is not the inviter's.

use serde_json::{Value, json};

use super::{INVITATIONS, NORA, accept, invite, place};
use crate::identity::{Said, comes};
use crate::support::{Answered, Server, World, id};

/// Every row of every table of ours, as text.
async fn dump(world: &World) -> String {
    let tables = "select oid::regclass::text from pg_class where relkind = 'r'
        and relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')";
    let mut dump = String::new();
    for row in world.admin.query(tables, &[]).await.expect("the catalog") {
        let table: String = row.get(0);
        let all = format!("select coalesce(string_agg(x::text, ' '), '') from {table} x");
        let row = world.admin.query_one(&all, &[]).await.expect("a superuser");
        dump += row.get(0);
    }
    dump
}

#[tokio::test]
async fn the_token_is_shown_once_and_is_nowhere_to_be_read_again() {
    let server = Server::start().await;
    let new = json!({ "email": NORA, "role": "member" });
    let create = || {
        let create = server.by("acme.owner", "POST", INVITATIONS);
        create.header("idempotency-key", "once").json(&new).answer()
    };
    let made = create().await.must(201);
    let (id, token) = (made.text("id"), made.text("token"));
    assert!(token.starts_with("bhi_") && token.len() == 53, "{token}");
    assert!(
        made.json()["link"].is_null(),
        "nobody signs in by a browser here"
    );
    let again = create().await.must(201);
    assert_eq!(again.text("id"), id);
    assert!(again.json()["token"].is_null(), "{}", again.body);
    let show = format!("{INVITATIONS}/{id}");
    for path in [show.as_str(), INVITATIONS, "/v1/audit/events?limit=100"] {
        let read = server.get("acme.owner", path).await.must(200);
        assert!(read.body.contains(&id), "{path}");
        assert!(!read.body.contains(&token), "{path}");
        let own = read.json();
        let own = own["items"].as_array().cloned().unwrap_or(vec![own]);
        let own = own.iter().map(Value::to_string);
        for one in own.filter(|one| one.contains(&id)) {
            assert!(!one.contains("hash"), "{path}: {one}");
        }
    }
    let dump = dump(&server.world).await;
    assert!(dump.contains(&id) && !dump.contains(&token[..20]));
    // Not even by SQL on the service's own connection.
    let act = server.world.act("acme.owner").await;
    for read in [
        "select hash from tenant.invitations",
        "select x from tenant.invitations x",
        "update tenant.invitations set email = 'mallory@evil.test'",
    ] {
        let refused = act.run(read).await.expect_err("no such right");
        assert_eq!(refused.sqlstate, "42501", "{read}");
    }
}

#[tokio::test]
async fn nobody_gives_by_an_invitation_what_they_do_not_hold() {
    let server = Server::start().await;
    let at = |role: &str| json!({ "email": NORA, "role": role });
    let mut in_plans = at("guest");
    in_plans["workspace_id"] = json!(id("acme/workspace/plans"));
    in_plans["workspace_role"] = json!("viewer");
    let post = async |who: &str, new: &serde_json::Value| {
        let reply = server.post(who, INVITATIONS, new).await;
        match reply.status {
            201 => "201".to_owned(),
            _ => reply.refusal(),
        }
    };
    assert_eq!(post("acme.owner", &at("owner")).await, "201");
    let above = "403 invitations_role_id_above_own";
    assert_eq!(post("acme.admin", &at("owner")).await, above);
    assert_eq!(post("acme.admin", &at("admin")).await, "201");
    assert_eq!(post("acme.admin", &in_plans).await, "201");
    for who in ["acme.member", "acme.viewer", "acme.scoped", "acme.auditor"] {
        assert_eq!(post(who, &at("guest")).await, "403 invitations_insert");
    }
    // Who may invite, and is nobody in that workspace.
    let host = format!(
        "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         values ('{acme}', '{clerk}', 'tenant', 'invitation.create'),
            ('{acme}', '{clerk}', 'tenant', 'tenant.read');
         update tenant.members set role_id = '{clerk}' where user_id = '{who}'",
        acme = id("acme"),
        clerk = id("acme/role/clerk"),
        who = id("acme.outsider"),
    );
    server.world.arrange(host).await;
    assert_eq!(post("acme.outsider", &at("guest")).await, "201");
    let above = "403 invitations_workspace_role_id_above_own";
    assert_eq!(post("acme.outsider", &in_plans).await, above);
}

#[tokio::test]
async fn an_invitation_says_nothing_of_who_has_an_account() {
    let server = Server::start().await;
    let users = "select count(*) from platform.users";
    let before = server.world.number(users).await;
    let mut told = Vec::new();
    for email in ["nobody@home.test", "globex.owner@example.test"] {
        let new = json!({ "email": email, "role": "member" });
        let made = server.post("acme.admin", INVITATIONS, &new).await.must(201);
        let mut made = made.json();
        for own in [
            "id",
            "token",
            "email",
            "created_at",
            "updated_at",
            "sent_at",
            "expires_at",
        ] {
            made.as_object_mut().expect("an object").remove(own);
        }
        told.push(made);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(server.world.number(users).await, before, "nobody is made");
}

#[tokio::test]
async fn what_is_sent_anew_has_another_token_and_another_s_word() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (id, old) = invite(&server, "acme.owner", NORA, "member").await;
    let resend = format!("{INVITATIONS}/{id}/resend");
    let none = json!({});
    for (who, refused) in [
        ("acme.member", "404 not_found"),
        ("acme.auditor", "403 invitations_insert"),
        ("globex.owner", "404 not_found"),
    ] {
        let reply = server.post(who, &resend, &none).await;
        assert_eq!(reply.refusal(), refused, "{who}");
    }
    let sent = server.post("acme.admin", &resend, &none).await.must(200);
    assert_eq!(
        sent.text("invited_by"),
        crate::support::id("acme.admin").to_string()
    );
    accept(&server, &nora, &old).await.must(404);
    accept(&server, &nora, &sent.text("token")).await.must(200);
    assert_eq!(place(&server.world, &nora).await.unwrap(), "member active");
    let over = server.post("acme.admin", &resend, &none).await;
    assert_eq!(over.refusal(), "409 invitations_over");
    // Nor does anybody pass on a word that was above their own.
    let (id, _) = invite(&server, "acme.owner", "o@home.test", "owner").await;
    let resend = format!("{INVITATIONS}/{id}/resend");
    let above = server.post("acme.admin", &resend, &none).await;
    assert_eq!(above.refusal(), "403 invitations_role_id_above_own");
}

#[tokio::test]
async fn what_can_never_be_accepted_is_refused_in_words_that_name_the_field() {
    let server = Server::start().await;
    let plans = json!(id("acme/workspace/plans"));
    for (change, refused) in [
        (
            json!({ "email": "ünï@home.test" }),
            "422 invitations_email_format email",
        ),
        (
            json!({ "email": "nora" }),
            "422 invitations_email_format email",
        ),
        (json!({ "role": "nope" }), "422 roles_name_exists role"),
        (
            json!({ "expires_at": "2099-01-01T00:00:00Z" }),
            "422 invitations_expires_at_range expires_at",
        ),
        (
            json!({ "workspace_id": plans }),
            "422 invitations_workspace_role_id_bound workspace_role_id",
        ),
        (
            json!({ "workspace_id": id("globex/workspace/plans"), "workspace_role": "viewer" }),
            "409 invitations_workspace_id_exists",
        ),
    ] {
        let mut new = json!({ "email": NORA, "role": "member" });
        for (name, value) in change.as_object().expect("an object") {
            new[name] = value.clone();
        }
        let reply = server.post("acme.owner", INVITATIONS, &new).await;
        assert_eq!(reply.refusal(), refused, "{change}");
    }
}

#[tokio::test]
async fn a_tenant_has_a_thousand_open_invitations_at_most() {
    let server = Server::start().await;
    let many = format!(
        "insert into tenant.invitations (tenant_id, email, role_id, invited_by, hash)
         select '{acme}', n || '@home.test', '{}', '{}', sha256(n::text::bytea)
         from generate_series(1, 1000 - (select count(*) from tenant.invitations
            where tenant_id = '{acme}')) n",
        id("acme/role/member"),
        id("acme.owner"),
        acme = id("acme"),
    );
    server.world.arrange(many).await;
    let new = json!({ "email": NORA, "role": "member" });
    let full = server.post("acme.owner", INVITATIONS, &new).await;
    assert_eq!(full.refusal(), "409 invitations_limit");
    let over = "update tenant.invitations set sent_at = now() - interval '9 days',
        expires_at = now() - interval '2 days' where email = '7@home.test'";
    server.world.arrange(over).await;
    invite(&server, "acme.owner", NORA, "member").await;
    server
        .post("globex.owner", INVITATIONS, &new)
        .await
        .must(201);
}
