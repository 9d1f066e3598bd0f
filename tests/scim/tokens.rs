//! Tokens: a directory's opens its own tenant's provisioning and nothing else, and is nothing as
//! soon as somebody says so.

use secrecy::ExposeSecret;
use serde_json::json;

use super::{DIRECTORIES, Scene, USERS, answer, by, directory, fault, sha256};
use crate::support::{Answered, Server, id};

#[tokio::test]
async fn a_token_that_was_taken_away_is_nothing_at_once() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let path = format!("{DIRECTORIES}/{}", scene.directory);
    assert_eq!(answer(server, &scene.token).await, "let in");
    // Rotated: the old one is nothing, the new one is shown once.
    let rotated = server
        .post("acme.owner", &format!("{path}/rotate"), &json!({}))
        .await
        .must(200);
    let new = rotated.text("token");
    assert_eq!(answer(server, &scene.token).await, "401");
    assert_eq!(answer(server, &new).await, "let in");
    assert!(
        !server
            .get("acme.owner", &path)
            .await
            .must(200)
            .body
            .contains("bhd_")
    );
    // Disabled, and enabled.
    for (state, told) in [("disabled", "401"), ("active", "let in")] {
        server
            .patch("acme.owner", &path, "*", &json!({ "state": state }))
            .await
            .must(200);
        assert_eq!(answer(server, &new).await, told, "{state}");
    }
    // Of a tenant that is suspended.
    scene
        .world()
        .arrange("update platform.tenants set state = 'suspended' where slug = 'acme'")
        .await;
    assert_eq!(answer(server, &new).await, "403");
    scene
        .world()
        .arrange("update platform.tenants set state = 'active' where slug = 'acme'")
        .await;
    assert_eq!(answer(server, &new).await, "let in");
    // Expired.
    scene
        .world()
        .arrange(
            "update tenant.scim_directories set token_at = now() - interval '2 days',
        expires_at = now() - interval '1 s'",
        )
        .await;
    assert_eq!(answer(server, &new).await, "401");
    let rotated = server
        .post("acme.owner", &format!("{path}/rotate"), &json!({}))
        .await
        .must(200);
    assert_eq!(answer(server, &rotated.text("token")).await, "let in");
    // Deleted: its people stay.
    let user = scene.number_of_members().await;
    server
        .by("acme.owner", "DELETE", &path)
        .answer()
        .await
        .must(204);
    assert_eq!(answer(server, &rotated.text("token")).await, "401");
    assert_eq!(scene.number_of_members().await, user);
}

impl Scene {
    async fn number_of_members(&self) -> i64 {
        let count = format!(
            "select count(*) from tenant.members where tenant_id = '{}'",
            id("acme")
        );
        self.world().number(count).await
    }
}

#[tokio::test]
async fn keys_and_sessions_provision_nobody_and_a_directorys_token_opens_nothing_else() {
    let scene = Scene::start().await;
    let server = &scene.server;
    for credential in ["acme.owner", "acme.owner session"] {
        assert_eq!(
            answer(server, server.world.token(credential)).await,
            "401",
            "{credential}"
        );
    }
    let unknown = bulkhead::token::mint(bulkhead::token::Kind::Directory)
        .expect("randomness")
        .0;
    for token in ["", "bhd_", "x", unknown.expose_secret(), &scene.token[..40]] {
        assert_eq!(answer(server, token).await, "401", "{token}");
    }
    let nobody = server.request("GET", USERS).answer().await;
    assert_eq!(fault(&nobody), "401");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    for path in ["/v1/me", "/v1/members", DIRECTORIES, "/v1/documents"] {
        let refused = by(server, &scene.token, "GET", path).answer().await;
        assert_eq!(refused.status, 401, "{path}");
    }
}

/// A directory's context gives its transaction no right on any table.
#[tokio::test]
async fn whoever_speaks_for_a_directory_in_sql_sees_no_row() {
    let scene = Scene::start().await;
    let hash = sha256(&scene.token);
    let act = scene.world().begin("begin").await;
    act.must(format!("select app.scim_enter({hash}, array['r'])"))
        .await;
    for table in [
        "documents",
        "members",
        "teams",
        "scim_directories",
        "scim_groups",
        "roles",
    ] {
        let rows = act.count(format!("tenant.{table}")).await;
        assert_eq!(rows, 0, "{table}");
    }
    let again = act
        .run(format!("select app.scim_enter({hash}, array['r'])"))
        .await;
    assert_eq!(
        again.expect_err("it speaks for one").constraint.as_deref(),
        Some("context_sealed")
    );
    // Nor does anybody speak for one who speaks for somebody else.
    let act = scene.world().act("globex.owner").await;
    let refused = act
        .run(format!("select app.scim_enter({hash}, array['r'])"))
        .await;
    assert_eq!(
        refused
            .expect_err("it speaks for another")
            .constraint
            .as_deref(),
        Some("context_sealed")
    );
    let act = scene
        .world()
        .begin("begin isolation level repeatable read")
        .await;
    let refused = act
        .run(format!("select app.scim_enter({hash}, array['r'])"))
        .await;
    assert_eq!(
        refused
            .expect_err("an older snapshot")
            .constraint
            .as_deref(),
        Some("context_isolation")
    );
}

#[tokio::test]
async fn what_a_directory_does_is_told_as_its_own() {
    let scene = Scene::start().await;
    let user = scene.user("ada").await;
    let told = scene
        .world()
        .admin
        .query(
            "select action, actor_type, credential_id, actor is not null, route from audit.events
         where tenant_id = $1 and actor_type = 'directory' order by seq",
            &[&id("acme")],
        )
        .await;
    let told = told.expect("the history can be read");
    let acts: Vec<&str> = told.iter().map(|row| row.get(0)).collect();
    assert_eq!(acts, ["member.create", "scim_user.create"]);
    for row in &told {
        assert_eq!(row.get::<_, uuid::Uuid>(2), scene.directory);
        assert!(row.get::<_, bool>(3));
        assert_eq!(row.get::<_, &str>(4), "/scim/v2/Users");
    }
    // Who stays against its will is told, too.
    scene.delete(&format!("{USERS}/{user}")).await.must(204);
    let owner = scene.user("acme.owner@example.test").await;
    scene.delete(&format!("{USERS}/{owner}")).await.must(409);
    let kept = scene
        .world()
        .number(
            "select count(*) from audit.events
        where actor_type = 'directory' and outcome = 'denied' and action = 'member.delete'",
        )
        .await;
    assert_eq!(kept, 1);
}

/// Canary: nobody finds the token in what is kept, told or written down.
#[tokio::test]
async fn the_token_is_kept_and_told_nowhere() {
    let scene = Scene::start().await;
    scene.user("ada").await;
    fault(
        &scene
            .send("POST", USERS, &json!({ "userName": "ada" }))
            .await,
    );
    let path = format!("{DIRECTORIES}/{}", scene.directory);
    scene
        .server
        .post("acme.owner", &format!("{path}/rotate"), &json!({}))
        .await
        .must(200);
    let tables = scene
        .world()
        .admin
        .query(
            "select format('%I.%I', n.nspname, c.relname) from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and not c.relispartition
            and n.nspname in ('platform', 'tenant', 'audit', 'keystore')",
            &[],
        )
        .await;
    let body = &scene.token[4..40];
    for table in tables.expect("the catalog") {
        let table: String = table.get(0);
        let held = format!("select count(*) from {table} t where t::text like '%{body}%'");
        assert_eq!(scene.world().number(held).await, 0, "{table}");
    }
    let debugged = format!("{:?}", bulkhead::token::Credential::parse(&scene.token));
    assert!(!debugged.contains(body));
}

#[tokio::test]
async fn a_directory_that_asks_too_much_is_told_when_to_come_back_and_others_are_not() {
    let settings = [
        ("BULKHEAD_SCIM_RATE_PER_MINUTE", "5"),
        ("BULKHEAD_IP_RATE_PER_MINUTE", "3"),
    ];
    let scene = Scene::over(Server::with(&settings).await).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(scene.get(USERS).await);
    }
    let last = answers.pop().expect("six");
    assert!(
        answers.iter().all(|it| it.status == 200),
        "known tokens count against no address"
    );
    assert_eq!(fault(&last), "429");
    let wait: u64 = last
        .header("retry-after")
        .expect("when")
        .parse()
        .expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    // What nobody knows to be good counts against its address, which has made its requests.
    for told in [401, 429] {
        let unknown = by(&scene.server, "nothing", "GET", USERS).answer().await;
        assert_eq!(unknown.status, told);
    }
}

#[tokio::test]
async fn another_directory_is_not_held_up() {
    let settings = [("BULKHEAD_SCIM_RATE_PER_MINUTE", "2")];
    let scene = Scene::over(Server::with(&settings).await).await;
    let (_, other) = directory(&scene.server, "acme.owner", "other").await;
    for told in ["let in", "let in", "429"] {
        assert_eq!(answer(&scene.server, &scene.token).await, told);
    }
    assert_eq!(answer(&scene.server, &other).await, "let in");
}
