//! Scopes: a key never does more than its scopes say, nor makes a key that could.

use crate::support::{Act, World, enter, hash, id, outcome};

fn mint(name: &str, scopes: &str) -> String {
    format!(
        "insert into platform.credentials
            (kind, hash, user_id, tenant_id, name, scopes, expires_at)
         values ('api_key', sha256('{name}'), app.user_id(), app.tenant_id(), '{name}', {scopes},
            now() + interval '1 day')"
    )
}

/// The owner, by a key with these scopes.
async fn scoped(world: &World, scopes: &str) -> Act {
    let hash = hash("acme.scoped");
    world.arrange(format!("update platform.credentials set scopes = {scopes} where hash = {hash}")).await;
    world.act("acme.scoped").await
}

#[tokio::test]
async fn a_scoped_key_does_what_its_scopes_say_and_no_more() {
    let world = World::start().await;
    let act = world.act("acme.scoped").await;
    assert_eq!(act.count("tenant.documents").await, 3);
    assert_eq!(act.count("tenant.workspaces").await, 0);
    assert_eq!(act.must("select permissions from app.me()").await.one(), "{document.read}");
    for write in ["delete from tenant.documents", "update tenant.documents set title = 'x'"] {
        assert_eq!(act.must(write).await.affected, 0, "{write}");
    }
    let made = act.run("select app.create_workspace('x', '')").await;
    assert_eq!(outcome(&made), "42501 workspaces_insert");
}

#[tokio::test]
async fn a_key_makes_no_key_wider_than_itself() {
    let world = World::start().await;
    let act = scoped(&world, "array['api_key.create', 'document.read']").await;
    for (scopes, expected) in [
        ("array['document.read']", "ok"),
        ("array['document.read', 'api_key.create']", "ok"),
        ("array['document.read', 'document.update']", "refused"),
        ("array['tenant.delete']", "refused"),
        ("null", "refused"),
    ] {
        let attempt = act.run(mint(scopes.len().to_string().as_str(), scopes)).await;
        let got = attempt.map_or("refused", |_| "ok");
        assert_eq!(got, expected, "{scopes}");
    }
    // Whose own is unscoped may give any.
    let owner = world.act("acme.owner").await;
    assert_eq!(owner.must(mint("all", "null")).await.affected, 1);
    let unknown = owner.run(mint("unknown", "array['document.reed']")).await;
    assert_eq!(outcome(&unknown), "23514 credentials_scopes_known");
    let empty = owner.run(mint("empty", "'{}'")).await;
    assert_eq!(outcome(&empty), "23514 credentials_scopes_length");
}

/// Scopes only ever narrow: a scope for what its user may not do opens nothing.
#[tokio::test]
async fn a_scope_gives_nothing_that_its_user_lacks() {
    let world = World::start().await;
    let act = world.act("acme.viewer").await;
    let denied = act.run(mint("x", "array['document.delete']")).await.expect_err("no api_key.create");
    assert_eq!(denied.sqlstate, "42501");
    let hash = hash("acme.viewer");
    let widen = format!(
        "update platform.credentials set scopes = array['document.delete', 'tenant.update']
         where hash = {hash}"
    );
    world.arrange(widen).await;
    let act = world.act("acme.viewer").await;
    assert_eq!(act.must("delete from tenant.documents").await.affected, 0);
    assert_eq!(act.must("update platform.tenants set name = 'x'").await.affected, 0);
}

/// A key made and used at once is the principal it was made for, in its tenant.
#[tokio::test]
async fn a_new_key_works_and_a_revoked_one_never_again() {
    let world = World::start().await;
    let act = world.act("acme.member").await;
    act.must(mint("new", "null")).await;
    act.commit().await.expect("a member may make keys");
    let enter = "select app.enter(sha256('new'), null, '', '', '', '')";
    let act = world.begin("begin").await;
    assert_eq!(act.must(enter).await.ids(), [id("acme")]);
    assert_eq!(act.must("select app.user_id()").await.ids(), [id("acme.member")]);
    let revoke = "update platform.credentials set revoked_at = now() where name = 'new'";
    assert_eq!(act.must(revoke).await.affected, 1);
    act.commit().await.expect("one may revoke one's own");
    let act = world.begin("begin").await;
    assert_eq!(outcome(&act.run(enter).await), "28000 credential_invalid");
    let act = world.act("acme.owner").await;
    for undo in ["null", "now() + interval '1 year'"] {
        let sql = format!("update platform.credentials set revoked_at = {undo} where name = 'new'");
        assert_eq!(act.must(sql).await.affected, 0, "{undo}");
    }
    assert_eq!(outcome(&world.enter("acme.member", None).await), "ok", "{}", self::enter("acme.member", None));
}
