//! Disputes: of several tenants who prove one name a single one holds it, and for as long as it
//! goes on proving it.

use serde_json::json;

use super::{DOMAINS, Scene, prover, told};
use crate::support::Answered;

const NAME: &str = "acme.example";

async fn holders(scene: &Scene) -> i64 {
    let held = "select count(*) from platform.domains where name = 'acme.example'";
    scene.world().number(held).await
}

#[tokio::test]
async fn who_proves_what_another_holds_is_told_of_a_dispute_and_not_of_whom() {
    let mut scene = Scene::start().await;
    let held = scene.claim_and_publish("acme.owner", NAME).await;
    assert_eq!(scene.verify("acme.owner", held).await, "verified");
    let (claimed, record) = scene.claim("globex.owner", NAME).await;
    assert_eq!(
        scene.verify("globex.owner", claimed).await,
        "pending record_wrong",
        "who does not control the zone learns nothing"
    );
    let ours = scene.show("acme.owner", held).await.text("record_text");
    scene.names.publish(NAME, &[&[&ours], &[&record]]);
    assert_eq!(scene.verify("globex.owner", claimed).await, "disputed");
    let shown = scene.show("globex.owner", claimed).await;
    assert!(!shown.body.contains("acme\""), "{}", shown.body);
    assert_eq!(scene.verify("acme.owner", held).await, "verified");
    assert_eq!(holders(&scene).await, 1);
    // Once it is given up it is the other's at the next look.
    let path = format!("{DOMAINS}/{held}");
    let delete = scene.server.by("acme.owner", "DELETE", &path);
    delete.answer().await.must(204);
    assert_eq!(scene.verify("globex.owner", claimed).await, "verified");
}

#[tokio::test]
async fn of_two_who_prove_a_name_at_once_exactly_one_holds_it() {
    let mut scene = Scene::start().await;
    for round in 0..10 {
        let name = format!("race{round}.example");
        let mut claims = Vec::new();
        for actor in ["acme.owner", "globex.owner"] {
            let (domain, record) = scene.claim(actor, &name).await;
            claims.push((actor, domain, record));
        }
        let texts: Vec<[&str; 1]> = claims.iter().map(|claim| [claim.2.as_str()]).collect();
        let texts: Vec<&[&str]> = texts.iter().map(<[&str; 1]>::as_slice).collect();
        scene.names.publish(&name, &texts);
        let due = format!("update tenant.domains set due_at = now() where name = '{name}'");
        scene.world().arrange(due).await;
        let other = prover(scene.world(), &[&scene.names]).await;
        let (one, two) = tokio::join!(scene.prover.round(), other.round());
        let looked = one.expect("no error") + two.expect("no error");
        assert_eq!(looked, 2, "each claim is looked at by one");
        let mut states = Vec::new();
        for (actor, domain, _) in &claims {
            states.push(told(&scene.show(actor, *domain).await));
        }
        states.sort();
        assert_eq!(states, ["disputed", "verified"], "{name}");
    }
}

/// One statement each, side by side: what decides is the database, not who came to it first.
#[tokio::test]
async fn a_second_proof_waits_for_the_first_and_then_finds_it() {
    let mut scene = Scene::start().await;
    let first = scene.claim_and_publish("acme.owner", NAME).await;
    let (second, _) = scene.claim("globex.owner", NAME).await;
    let settle = |domain| {
        format!("select app.settle_domain(d, null) from tenant.domains d where d.id = '{domain}'")
    };
    scene.world().arrange("begin").await;
    scene.world().arrange(settle(first)).await;
    let other = scene.world().database.admin().await;
    let sql = settle(second);
    let waiting = tokio::spawn(async move { other.query_one(&sql, &[]).await });
    scene.world().somebody_waits().await;
    scene.world().arrange("commit").await;
    let row = waiting.await.expect("no panic").expect("no error");
    assert_eq!(row.get::<_, String>(0), "disputed");
    assert_eq!(holders(&scene).await, 1);
}

#[tokio::test]
async fn a_holder_whose_record_is_gone_lapses_after_some_days_and_not_before() {
    let mut scene = Scene::start().await;
    let held = scene.claim_and_publish("acme.owner", NAME).await;
    scene.verify("acme.owner", held).await;
    let (claimed, record) = scene.claim("globex.owner", NAME).await;
    let ours = scene.show("acme.owner", held).await.text("record_text");
    scene.names.publish(NAME, &[&[&ours], &[&record]]);
    assert_eq!(scene.verify("globex.owner", claimed).await, "disputed");
    scene.names.publish(NAME, &[&[&record]]);
    for _ in 0..3 {
        scene.later(held, 2).await;
        let found = told(&scene.show("acme.owner", held).await);
        assert_eq!(found, "verified record_wrong");
    }
    // One look that finds it again, and all is well.
    scene.names.publish(NAME, &[&[&ours], &[&record]]);
    scene.later(held, 0).await;
    assert_eq!(told(&scene.show("acme.owner", held).await), "verified");
    scene.names.publish(NAME, &[&[&record]]);
    for _ in 0..4 {
        scene.later(held, 1).await;
    }
    let found = told(&scene.show("acme.owner", held).await);
    assert_eq!(found, "lapsed record_wrong");
    assert_eq!(holders(&scene).await, 0);
    let told_of = format!(
        "select count(*) from audit.events e join audit.event_pii p on p.event_id = e.id
         where e.action = 'domain.update' and e.resource_id = '{held}'
            and e.actor_type = 'service' and p.content like '%\"state\":\"lapsed\"%'"
    );
    assert_eq!(scene.world().number(told_of).await, 1);
    assert_eq!(scene.verify("globex.owner", claimed).await, "verified");
}

/// That no resolver answers is nobody's proof that a record is gone.
#[tokio::test]
async fn a_holder_outlasts_a_silence_that_is_not_its_own() {
    let mut scene = Scene::start().await;
    let held = scene.claim_and_publish("acme.owner", NAME).await;
    scene.verify("acme.owner", held).await;
    let silence = "update tenant.domains set failures = 99,
        proved_at = now() - interval '10 days' where state = 'verified'";
    scene.world().arrange(silence).await;
    let (tenant, report) = (crate::support::id("acme"), "select app.report_domain");
    for (said, state) in [("dns_failed", "verified"), ("record_missing", "lapsed")] {
        let report = format!("{report}('{tenant}', '{held}', '{said}', null)");
        let row = scene.world().admin.query_one(&report, &[]).await;
        assert_eq!(row.expect("it is told").get::<_, String>(0), state);
    }
}

#[tokio::test]
async fn what_is_looked_at_does_not_change_what_an_admin_has_read() {
    let mut scene = Scene::start().await;
    let domain = scene.claim_and_publish("acme.owner", NAME).await;
    let path = format!("{DOMAINS}/{domain}");
    scene.verify("acme.owner", domain).await;
    let read = scene.show("acme.owner", domain).await;
    let tag = read.header("etag").expect("a version").to_owned();
    let due = format!("update tenant.domains set due_at = now() where id = '{domain}'");
    scene.world().arrange(due).await;
    let set = json!({ "mode": "auto", "role": "viewer" });
    let changed = scene.server.patch("acme.owner", &path, &tag, &set).await;
    assert_eq!(changed.must(200).text("mode"), "auto");
    let stale = scene.server.patch("acme.owner", &path, &tag, &set).await;
    assert_eq!(stale.refusal(), "412 version_stale");
}
