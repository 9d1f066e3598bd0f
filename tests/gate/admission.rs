//! Admission: who is let in, and in which words everybody else is not.

use bulkhead::config::Plane;
use uuid::Uuid;

use crate::support::{Act, SHUT_OUT, World, enter, hash, id, outcome};

const INVALID: &str = "28000 credential_invalid";
const UNAVAILABLE: &str = "42501 tenant_unavailable";

async fn entering(world: &World, credential: &str, tenant: Option<Uuid>) -> String {
    outcome(&world.enter(credential, tenant).await)
}

#[tokio::test]
async fn a_key_opens_its_tenant_and_a_session_any_of_its_users() {
    let world = World::start().await;
    for (credential, tenant) in [
        ("acme.owner", None),
        ("acme.owner", Some(id("acme"))),
        ("acme.owner session", Some(id("acme"))),
        ("multi session", Some(id("acme"))),
        ("multi session", Some(id("globex"))),
        ("multi session", None),
    ] {
        let act = world
            .enter(credential, tenant)
            .await
            .expect("members are let in");
        let entered = act.must("select app.tenant_id()").await.optional();
        let wanted = if credential.contains("session") {
            tenant
        } else {
            Some(id("acme"))
        };
        assert_eq!(
            entered,
            wanted.map(|id| id.to_string()),
            "{credential} {tenant:?}"
        );
    }
}

/// One answer, so that nobody learns what a credential once was.
#[tokio::test]
async fn what_proves_nobody_is_answered_alike() {
    let world = World::start().await;
    for (credential, tenant) in [
        ("acme.expired", None),
        ("acme.revoked", None),
        ("acme.gone", None),
        ("acme.gone session", None),
        ("acme.gone session", Some(id("acme"))),
        ("acme.revoked", Some(id("globex"))),
    ] {
        assert_eq!(
            entering(&world, credential, tenant).await,
            INVALID,
            "{credential}"
        );
    }
    let act = world.begin("begin").await;
    for unknown in ["sha256('never')", "null", "''", "sha256('')"] {
        let attempt = act
            .run(format!("select app.enter({unknown}, null, '', '', '', '')"))
            .await;
        assert_eq!(outcome(&attempt), INVALID, "{unknown}");
    }
}

/// Not there, not a member, a member no more, a key bound elsewhere: one answer. And a word
/// for word the same one, since a client may see more than the code.
#[tokio::test]
async fn what_opens_no_such_tenant_is_answered_alike() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for (credential, tenant) in [
        ("acme.owner", Uuid::new_v4()),
        ("acme.owner", Uuid::nil()),
        ("acme.owner", id("globex")),
        ("acme.owner session", id("globex")),
        ("acme.owner session", id("umbra")),
        ("acme.benched", id("acme")),
        ("acme.benched session", id("acme")),
        ("multi session", id("initech")),
    ] {
        let refusal = world
            .enter(credential, Some(tenant))
            .await
            .err()
            .expect("not a member");
        assert_eq!(refusal.to_string(), UNAVAILABLE, "{credential} {tenant}");
        answers.push(refusal.message);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(entering(&world, "acme.benched", None).await, UNAVAILABLE);
}

/// Only a member may know that a tenant is closed for now.
#[tokio::test]
async fn a_suspended_or_closing_tenant_says_so_to_its_members_only() {
    let world = World::start().await;
    for state in ["suspended", "closing"] {
        world
            .arrange(format!(
                "update platform.tenants set state = '{state}' where slug = 'umbra'"
            ))
            .await;
        for (credential, tenant) in [
            ("umbra.owner", None),
            ("umbra.owner", Some(id("umbra"))),
            ("umbra.owner session", Some(id("umbra"))),
        ] {
            let answer = entering(&world, credential, tenant).await;
            assert_eq!(answer, "42501 tenant_suspended", "{state} {credential}");
        }
        assert_eq!(
            entering(&world, "acme.owner session", Some(id("umbra"))).await,
            UNAVAILABLE
        );
    }
    world
        .arrange("update platform.tenants set state = 'active' where slug = 'umbra'")
        .await;
    assert_eq!(entering(&world, "umbra.owner", None).await, "ok");
}

#[tokio::test]
async fn one_transaction_speaks_for_one_principal_and_one_tenant() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    for (other, tenant) in [
        ("globex.owner", None),
        ("acme.member", None),
        ("acme.scoped", None),
        ("acme.owner session", Some(id("acme"))),
        ("multi session", Some(id("acme"))),
        ("multi session", None),
    ] {
        let attempt = act.run(enter(other, tenant)).await;
        assert_eq!(outcome(&attempt), "42501 context_sealed", "{other}");
    }
    assert_eq!(
        act.must(enter("acme.owner", None)).await.ids(),
        [id("acme")]
    );
    assert_eq!(
        act.must("select app.user_id()").await.ids(),
        [id("acme.owner")]
    );

    // A session that has chosen a tenant, or none, stays with its choice.
    let act = world
        .enter("multi session", Some(id("acme")))
        .await
        .expect("a member");
    for tenant in [None, Some(id("globex"))] {
        let attempt = act.run(enter("multi session", tenant)).await;
        assert_eq!(outcome(&attempt), "42501 context_sealed", "{tenant:?}");
    }
    let act = world
        .enter("multi session", None)
        .await
        .expect("none is a choice");
    let attempt = act.run(enter("multi session", Some(id("globex")))).await;
    assert_eq!(outcome(&attempt), "42501 context_sealed");
}

/// Rolling back to before the gate leaves the transaction where it was then: outside.
#[tokio::test]
async fn a_rolled_back_entry_leaves_nothing() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    act.bare("savepoint outside").await;
    act.must(enter("acme.owner", None)).await;
    act.bare("rollback to savepoint outside").await;
    assert_eq!(act.must("select app.tenant_id()").await.optional(), None);
    assert_eq!(act.count("tenant.documents").await, 0);
    act.must(enter("globex.owner", None)).await;
    assert_eq!(
        act.must("select distinct tenant_id from tenant.documents")
            .await
            .ids(),
        [id("globex")]
    );
}

/// No xid and nothing written: a gate that writes would not open on a standby.
#[tokio::test]
async fn the_gate_only_reads() {
    let world = World::start().await;
    let act = world.begin("begin read only").await;
    act.must(enter("acme.owner", None)).await;
    assert_eq!(act.count("tenant.documents").await, 3);
    act.must("select app.can('document.read'), app.my_permissions(), app.me()")
        .await;
    let refusal = act
        .run("delete from tenant.documents")
        .await
        .expect_err("read only");
    assert_eq!(refusal.sqlstate, "25006");

    let client = world.login().await;
    let text = format!(
        "begin; {}; select count(*) from tenant.documents;
         select pg_current_xact_id_if_assigned() is null; commit",
        enter("acme.owner", None)
    );
    let answers = client.simple_query(&text).await.expect("owners read");
    let last = answers.iter().rev().find_map(|answer| match answer {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    assert_eq!(last, Some("t"), "reading took a transaction id");
}

/// Control and sealer have no business inside a tenant.
#[tokio::test]
async fn the_gate_opens_on_the_planes_that_work_in_tenants_only() {
    let world = World::start().await;
    for (plane, expected) in [
        (Plane::Api, "ok"),
        (Plane::Worker, "ok"),
        (Plane::Compliance, "ok"),
        (Plane::Control, "42501 permission denied for function enter"),
        (Plane::Sealer, "42501 permission denied for function enter"),
    ] {
        let client = world.database.login(plane).await;
        let act = Act::on(client).await;
        assert_eq!(
            outcome(&act.run(enter("acme.owner", None)).await),
            expected,
            "{plane:?}"
        );
    }
}

/// Which tenant a credential means, asked before entering. Telling is not admitting.
#[tokio::test]
async fn a_slug_resolves_for_members_only() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    for (credential, slug, tenant) in [
        ("acme.owner", "null", Some("acme")),
        ("acme.owner", "'acme'", Some("acme")),
        ("acme.owner", "'globex'", None),
        ("acme.owner session", "null", None),
        ("acme.owner session", "'acme'", Some("acme")),
        ("acme.owner session", "'globex'", None),
        ("acme.owner session", "'nowhere'", None),
        ("multi session", "'acme'", Some("acme")),
        ("multi session", "'globex'", Some("globex")),
        ("multi session", "'ACME'", None),
        ("multi session", "''", None),
    ] {
        let sql = format!("select app.resolve({}, {slug})", hash(credential));
        let wanted = tenant.map(|tenant| id(tenant).to_string());
        assert_eq!(
            act.must(sql).await.optional(),
            wanted,
            "{credential} {slug}"
        );
    }
    let by_id = id("acme").to_string();
    for spelled in [by_id.clone(), by_id.to_uppercase()] {
        let sql = format!("select app.resolve({}, '{spelled}')", hash("multi session"));
        assert_eq!(act.must(sql).await.ids(), [id("acme")]);
    }
}

/// A token is what a client holds; the database knows its SHA-256 only.
#[tokio::test]
async fn the_gate_knows_a_token_by_its_hash() {
    let world = World::start().await;
    for actor in ["acme.owner", "acme.owner session"] {
        let token = world.token(actor);
        let act = world.begin("begin").await;
        let by_token = format!("select app.enter(sha256('{token}'), null, '', '', '', '')");
        assert_eq!(outcome(&act.run(by_token).await), "ok", "{actor}");
        let stored = format!(
            "select count(*) from platform.credentials c where to_jsonb(c)::text like '%{token}%'"
        );
        assert_eq!(world.number(stored).await, 0, "{actor}");
    }
    let columns = world.act("acme.owner").await;
    let refusal = columns
        .run("select hash from platform.credentials")
        .await
        .expect_err("hidden");
    assert_eq!(refusal.sqlstate, "42501");
    assert_eq!(SHUT_OUT.len(), 4, "each of them stands in a test above");
}
