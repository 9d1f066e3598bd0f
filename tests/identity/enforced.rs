//! A11: a tenant that insists on its own sign-in is opened by nothing else, but for one way that
//! its history tells of.

use bulkhead::config::Plane;
use bulkhead::token::{self, CredentialHash, Kind};
use tokio_postgres::Row;

use super::provided::{Provided, entering, provided};
use super::{Said, comes};
use crate::support::{World, enter_by, id, literal};

const ENFORCE: &str = "update platform.tenants set sso_enforced = true where slug = 'acme'";

/// acme's owner has come by the platform's own issuer.
const WAY_BACK: &str = "
    insert into platform.identities (connection_id, issuer, subject, user_id)
    select '00000000-0000-0000-0000-000000000000', 'https://issuer.test', 'boss', id
    from platform.users where email = 'acme.owner@example.test'";

/// Breaks the glass of acme with a session; what it opens, or why it does not.
async fn break_glass(
    world: &World,
    session: &CredentialHash,
    reason: &str,
) -> Result<CredentialHash, String> {
    let plane = world.database.login(Plane::Identity).await;
    let (_, opened) = token::mint(Kind::Session).expect("the system has randomness");
    let text = "select refused from app.break_glass($1, 'acme', $2, $3, null, $4)";
    let request: Vec<Option<String>> = vec![Some("r".into()), None, None, None, None, None, None];
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[session, &reason, &opened.hash, &request];
    let row: Row = plane.query_one(text, values).await.expect("it answers");
    match row.get::<_, Option<String>>(0) {
        Some(refused) => Err(refused),
        None => Ok(opened.hash),
    }
}

/// The owner of acme, who comes by the platform's own issuer.
async fn owner(world: &World) -> super::Came {
    let owner = comes(world, Said::proven("owner", "acme.owner@example.test")).await;
    assert_eq!(owner.user, id("acme.owner"));
    let plane = world.database.login(Plane::Identity).await;
    let anew = plane
        .execute("select app.note_authenticated($1)", &[&owner.hash])
        .await;
    anew.expect("they were asked");
    owner
}

/// Every way in × enforced or not.
#[tokio::test]
async fn a11_enforced_single_sign_on_covers_every_other_way_in() {
    let world = World::start().await;
    let own = provided(&world, &Provided::by("acme", "nora")).await;
    let own = own.expect("she is new").hash;
    let consumer = owner(&world).await.hash;
    let operator = "select app.create_session('acme.owner@example.test', sha256('by hand'), '1 h')";
    let control = world.database.login(Plane::Control).await;
    control
        .batch_execute(operator)
        .await
        .expect("an operator may");
    let by_hand = "sha256('by hand')";
    let glass = || break_glass(&world, &consumer, "the provider is down");
    assert!(glass().await.is_err(), "there is nothing to break");

    assert_eq!(entering(&world, &own, "acme").await, "in");
    assert_eq!(entering(&world, &consumer, "acme").await, "in");
    let act = world.begin("begin").await;
    act.run(enter_by(by_hand, Some(id("acme"))))
        .await
        .expect("in");
    let inside = world.begin("begin").await;
    inside
        .run(enter_by(&literal(&consumer), Some(id("acme"))))
        .await
        .expect("in");

    world.arrange(ENFORCE).await;
    assert_eq!(
        entering(&world, &own, "acme").await,
        "in",
        "a session by it"
    );
    let key = world.enter("acme.auditor", None).await;
    key.expect("a program's key is the tenant's own, and made inside");
    let refused = entering(&world, &consumer, "acme").await;
    assert!(
        refused.contains("sso_required"),
        "a consumer's session: {refused}"
    );
    let act = world.begin("begin").await;
    let refused = act.run(enter_by(by_hand, Some(id("acme")))).await;
    let refused = refused.expect_err("a session by the operator").words();
    assert!(refused.contains("sso_required"), "{refused}");
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let seen = inside
        .run("select from tenant.documents")
        .await
        .expect("no error");
    assert_eq!(
        seen.rows.len(),
        0,
        "who was inside is out at the next statement"
    );
    let mint = "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
        values ('api_key', sha256('k'), app.user_id(), app.tenant_id(), 'k', now() + '1 day')";
    inside.run(mint).await.expect_err("and mints no key");
    let elsewhere = entering(&world, &consumer, "globex").await;
    assert!(!elsewhere.contains("sso_required"), "{elsewhere}");

    let opened = glass().await.expect("an owner may");
    assert_eq!(entering(&world, &opened, "acme").await, "in");
    world
        .arrange("update platform.tenants set sso_enforced = false where slug = 'acme'")
        .await;
    assert_eq!(entering(&world, &consumer, "acme").await, "in");
}

#[tokio::test]
async fn breaking_the_glass_asks_for_an_owner_who_has_just_signed_in_and_says_why() {
    let world = World::start().await;
    world.arrange(ENFORCE).await;
    let admin = comes(&world, Said::proven("a", "acme.admin@example.test")).await;
    let stranger = comes(&world, Said::proven("g", "globex.owner@example.test")).await;
    for other in [admin.hash, stranger.hash] {
        let refused = break_glass(&world, &other, "why not").await;
        assert_eq!(refused.err().as_deref(), Some("tenant_unavailable"));
    }
    let bound = provided(&world, &Provided::by("acme", "nora")).await;
    let bound = bound.expect("she is new").hash;
    let refused = break_glass(&world, &bound, "x").await.err();
    assert_eq!(
        refused.as_deref(),
        Some("credential_invalid"),
        "a tenant's own session"
    );
    let owner = owner(&world).await;
    let refused = break_glass(&world, &owner.hash, " ").await.err();
    assert_eq!(refused.as_deref(), Some("reason_required"));
    let age = |by: &str| {
        let session = owner.session;
        format!(
            "update platform.credentials set authenticated_at = authenticated_at - interval '{by}'
            where id = '{session}'"
        )
    };
    world.arrange(age("16 minutes")).await;
    let refused = break_glass(&world, &owner.hash, "down").await.err();
    assert_eq!(refused.as_deref(), Some("sign_in_too_old"));
    world.arrange(age("-16 minutes")).await;
    let opened = break_glass(&world, &owner.hash, "the provider is down").await;
    let opened = opened.expect("now");
    let act = world.begin("begin").await;
    act.run(enter_by(&literal(&opened), None))
        .await
        .expect("in");
    let mint = "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
        values ('api_key', sha256('k'), app.user_id(), app.tenant_id(), 'k', now() + '1 day')";
    act.run(mint)
        .await
        .expect_err("what is opened for an hour leaves nothing that lasts");
    drop(act);
    let told = format!(
        "select count(*) from audit.events e
        join audit.event_pii p on p.tenant_id = e.tenant_id and p.event_id = e.id
        where e.tenant_id = '{}' and e.action = 'break_glass.create' and e.outcome = 'ok'
            and p.content like '%the provider is down%'",
        id("acme")
    );
    assert_eq!(world.number(told).await, 1);
    let denied = format!(
        "select count(*) from audit.events where tenant_id = '{}' and outcome = 'denied'
            and action = 'break_glass.create'",
        id("acme")
    );
    assert!(world.number(denied).await > 0);
    let lasts = "select count(*) from platform.credentials where name = 'break-glass'
        and expires_at <= now() + interval '1 hour'";
    assert_eq!(world.number(lasts).await, 1);
}

/// Nobody locks themselves, and everybody else, out.
#[tokio::test]
async fn who_enforces_single_sign_on_has_come_by_it_and_the_last_connection_stays() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    let refused = owner.run(ENFORCE).await.expect_err("by a key").words();
    assert!(refused.contains("tenants_sso_unproved"), "{refused}");
    let nora = provided(&world, &Provided::by("acme", "nora")).await;
    let nora = nora.expect("she is new");
    let promote = format!(
        "update tenant.members set role_id = '{}' where tenant_id = '{}' and user_id = '{}'",
        id("acme/role/owner"),
        id("acme"),
        nora.user
    );
    world.arrange(promote).await;
    let act = world.begin("begin").await;
    act.run(enter_by(&literal(&nora.hash), None))
        .await
        .expect("in");
    let own = id("acme/connection/own");
    let refused = act
        .run(ENFORCE)
        .await
        .expect_err("nobody could come back")
        .words();
    assert!(refused.contains("tenants_sso_no_way_back"), "{refused}");
    world.arrange(WAY_BACK).await;
    act.run(ENFORCE).await.expect("she came by it");
    let relaxed = "update platform.tenants set sso_enforced = false where slug = 'acme'";
    act.run(format!("savepoint s; {relaxed}; rollback to savepoint s"))
        .await
        .expect("inside");
    for end in [
        format!("update tenant.connections set state = 'disabled' where id = '{own}'"),
        format!("delete from tenant.connections where id = '{own}'"),
    ] {
        let refused = act
            .run(&end)
            .await
            .expect_err("nobody could come in")
            .words();
        assert!(refused.contains("connections_last_enforced"), "{refused}");
        let relaxed = "update platform.tenants set sso_enforced = false where slug = 'acme'";
        act.run(format!(
            "savepoint relaxed; {relaxed}; {end}; rollback to savepoint relaxed"
        ))
        .await
        .expect("once it is not enforced");
    }
}

/// Enforcement is lifted by whoever is inside, or by the operator: not by what was made before.
#[tokio::test]
async fn a_key_does_not_lift_what_is_enforced_and_the_operator_does() {
    let world = World::start().await;
    world.arrange(ENFORCE).await;
    let key = world.act("acme.owner").await;
    let relaxed = "update platform.tenants set sso_enforced = false where slug = 'acme'";
    let refused = key.run(relaxed).await.expect_err("made before").words();
    assert!(refused.contains("tenants_sso_unproved"), "{refused}");
    drop(key);
    let control = world.database.login(Plane::Control).await;
    let lifted = control.batch_execute("select app.lift_sso('acme')").await;
    lifted.expect("an operator may");
    let told = format!(
        "select count(*) from audit.events where tenant_id = '{}' and action = 'tenant.update'
            and actor_type = 'operator'",
        id("acme")
    );
    assert_eq!(world.number(told).await, 1);
}
