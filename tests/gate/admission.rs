//! Admission: who is let in, who is not, and that a stranger can not tell why.

use bulkhead::config::Plane;
use uuid::Uuid;

use super::{assert_nobody, whole_refusal};
use crate::support::{TENANTS, World, enter, entering, id, outcome};

const INVALID: &str = "28000 credential_invalid";
const UNAVAILABLE: &str = "42501 tenant_unavailable";
const SUSPENDED: &str = "42501 tenant_suspended";
const SEALED: &str = "42501 context_sealed";

#[tokio::test]
async fn every_answer_of_the_gate_is_as_documented() {
    let world = World::start().await;
    let (acme, globex, umbra) = (Some(id("acme")), Some(id("globex")), Some(id("umbra")));
    let nowhere = Some(id("no such tenant"));
    for (credential, tenant, expected) in [
        ("acme.owner", None, "ok"),
        ("acme.owner", acme, "ok"),
        ("acme.owner session", acme, "ok"),
        ("acme.owner session", None, "ok"),
        ("multi session", acme, "ok"),
        ("multi session", globex, "ok"),
        ("acme.expired", None, INVALID),
        ("acme.expired", acme, INVALID),
        ("acme.expired", globex, INVALID),
        ("acme.revoked", None, INVALID),
        ("acme.gone", None, INVALID),
        ("acme.gone session", None, INVALID),
        ("acme.gone session", acme, INVALID),
        ("umbra.gone", None, INVALID),
        ("acme.benched", None, UNAVAILABLE),
        ("acme.benched session", acme, UNAVAILABLE),
        ("acme.owner", globex, UNAVAILABLE),
        ("acme.owner", nowhere, UNAVAILABLE),
        ("acme.owner", Some(Uuid::nil()), UNAVAILABLE),
        ("acme.owner session", globex, UNAVAILABLE),
        ("acme.owner session", umbra, UNAVAILABLE),
        ("acme.owner session", nowhere, UNAVAILABLE),
        ("acme.owner session", Some(Uuid::nil()), UNAVAILABLE),
        ("umbra.benched session", umbra, UNAVAILABLE),
        ("umbra.owner", None, SUSPENDED),
        ("umbra.owner session", umbra, SUSPENDED),
        ("umbra.owner session", None, "ok"),
    ] {
        let answer = world.enter(credential, tenant).await;
        assert_eq!(outcome(&answer), expected, "{credential} into {tenant:?}");
    }
    world
        .arrange("update platform.tenants set state = 'closing' where slug = 'umbra'")
        .await;
    assert_eq!(outcome(&world.enter("umbra.owner", None).await), SUSPENDED);
}

#[tokio::test]
async fn what_is_no_credential_is_answered_like_an_unknown_one() {
    let world = World::start().await;
    for hash in ["null", "''", "'\\x00'", "sha256('guess')", "sha256('')"] {
        let act = world.begin("begin").await;
        let call = format!("select app.enter({hash}::bytea, null, '', '', '', '')");
        assert_eq!(outcome(&act.run(call).await), INVALID, "{hash}");
        assert_nobody(&act, hash).await;
    }
}

/// A stranger learns nothing of other tenants: every field of the refusal is compared.
#[tokio::test]
async fn a_stranger_can_not_tell_why_a_tenant_stays_shut() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for (how, credential, tenant) in [
        ("no such tenant", "acme.owner session", id("no such tenant")),
        ("not a member", "acme.owner session", id("globex")),
        (
            "not a member, and suspended",
            "acme.owner session",
            id("umbra"),
        ),
        ("no longer a member", "acme.benched session", id("acme")),
        ("a key bound elsewhere", "acme.owner", id("globex")),
        (
            "a key bound elsewhere, suspended",
            "acme.owner",
            id("umbra"),
        ),
        ("a key, no such tenant", "acme.owner", id("no such tenant")),
    ] {
        let act = world.begin("begin").await;
        let answer = whole_refusal(act.client(), &enter(credential, Some(tenant))).await;
        answers.push((how, answer));
    }
    for (how, answer) in &answers {
        assert_eq!(*answer, answers[0].1, "{how} is told from {}", answers[0].0);
    }
    let mut invalid = Vec::new();
    for credential in ["acme.expired", "acme.revoked", "acme.gone"] {
        let act = world.begin("begin").await;
        invalid.push(whole_refusal(act.client(), &enter(credential, None)).await);
    }
    let guess = "select app.enter(sha256('guess'), null, 'r', 't', 'i', 'w')";
    invalid.push(whole_refusal(world.begin("begin").await.client(), guess).await);
    invalid.dedup();
    assert_eq!(invalid.len(), 1, "{invalid:#?}");
}

#[tokio::test]
async fn resolving_a_name_tells_no_more_than_entering() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    let resolve = async |credential: &str, slug: &str| {
        let hash = crate::support::hash(credential);
        let slug = if slug.is_empty() {
            "null".to_owned()
        } else {
            format!("'{slug}'")
        };
        let answer = act
            .must(format!("select app.resolve({hash}, {slug})"))
            .await;
        answer.optional()
    };
    let acme = Some(id("acme").to_string());
    assert_eq!(resolve("acme.owner", "").await, acme);
    assert_eq!(resolve("acme.owner", "acme").await, acme);
    assert_eq!(resolve("acme.owner session", "acme").await, acme);
    assert_eq!(
        resolve("acme.owner session", &id("acme").to_string()).await,
        acme
    );
    let upper = id("acme").to_string().to_uppercase();
    assert_eq!(resolve("acme.owner session", &upper).await, acme);
    for (credential, slug) in [
        ("acme.owner", "globex"),
        ("acme.owner session", ""),
        ("acme.owner session", "globex"),
        ("acme.owner session", "umbra"),
        ("acme.owner session", "no-such-tenant"),
        ("acme.owner session", &id("globex").to_string()),
        ("acme.owner session", "ACME"),
        ("acme.owner session", "%"),
    ] {
        assert_eq!(
            resolve(credential, slug).await,
            None,
            "{credential} and {slug}"
        );
    }
}

#[tokio::test]
async fn a_transaction_speaks_for_one_principal_in_one_tenant() {
    let world = World::start().await;
    let (acme, globex) = (Some(id("acme")), Some(id("globex")));
    for (first, second, expected) in [
        (("acme.owner", None), ("acme.owner", None), "ok"),
        (("acme.owner", None), ("acme.owner", acme), "ok"),
        (("multi session", acme), ("multi session", acme), "ok"),
        (("multi session", acme), ("multi session", globex), SEALED),
        (("multi session", acme), ("multi session", None), SEALED),
        (("multi session", None), ("multi session", acme), SEALED),
        (("acme.owner", None), ("acme.owner session", acme), SEALED),
        (("acme.owner", None), ("acme.viewer", None), SEALED),
        (("acme.owner", None), ("globex.owner", None), SEALED),
        (("acme.owner", None), ("acme.expired", None), INVALID),
        (("acme.owner", None), ("acme.owner", globex), UNAVAILABLE),
    ] {
        let act = world
            .enter(first.0, first.1)
            .await
            .expect("the first enters");
        let made = super::context(&act).await;
        let again = act.run(enter(second.0, second.1)).await;
        assert_eq!(outcome(&again), expected, "{first:?}, then {second:?}");
        assert_eq!(
            super::context(&act).await[72..],
            made[72..],
            "{first:?}, then {second:?}"
        );
    }
}

#[tokio::test]
async fn the_gate_opens_for_the_planes_that_serve_principals_only() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let login = world.database.login(plane).await;
        let entered = login.query(&entering("acme.owner"), &[]).await;
        let serves = matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance);
        match entered {
            Ok(_) => assert!(serves, "{}", plane.role()),
            Err(error) => {
                assert!(!serves, "{}: {error:?}", plane.role());
                assert_eq!(error.code().map(|code| code.code()), Some("42501"));
            }
        }
    }
}

/// What the gate reports is where it is: no tenant's rows beside another's name.
#[tokio::test]
async fn entering_answers_the_tenant_that_was_entered() {
    let world = World::start().await;
    for tenant in TENANTS {
        let act = world.begin("begin").await;
        let entered = act.must(entering(&format!("{tenant}.owner"))).await.one();
        assert_eq!(entered, id(tenant).to_string());
        let seen = act
            .must("select distinct tenant_id from tenant.documents")
            .await;
        assert_eq!(seen.ids(), [id(tenant)]);
    }
    let act = world.begin("begin").await;
    assert_eq!(
        act.must(enter("multi session", None)).await.optional(),
        None
    );
    assert_eq!(act.count("tenant.documents").await, 0);
}
