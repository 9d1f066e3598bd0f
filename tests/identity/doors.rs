//! Ways in that stand side by side: none takes another's place, or its time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;

use super::company::{HOST, Person, Site};
use super::site::{Browser, NAME, SESSION, location, site};
use crate::support::oidc_provider;

/// As many as may wait for one provider of a tenant's.
const PLACES: usize = 16;

/// Where tenants have no hosts, all sign in at the same: a provider of anybody's must not have a
/// browser become somebody else than its person believes.
#[tokio::test]
async fn without_hosts_nobody_is_signed_in_over_somebody_else() {
    let site = Site::without_hosts().await;
    let server = &site.server;
    let mut browser = Browser::default();
    let nora = Person::of("nora", json!({}));
    site.sign_in(&mut browser, &nora).await.must(303);
    let me = browser.get(server, "/v1/me").await.must(200).json();
    let held = browser.cookies[SESSION].clone();

    let mallory = Person::of("mallory", json!({}));
    let refused = site.sign_in(&mut browser, &mallory).await.must(403);
    assert!(refused.body.contains("Sign out first"), "{}", refused.body);
    assert_eq!(browser.cookies[SESSION], held);
    let same = browser.get(server, "/v1/me").await.must(200).json();
    assert_eq!(same["user_id"], me["user_id"]);

    browser.own(server, "POST", "/sign-out").await.must(303);
    site.sign_in(&mut browser, &mallory).await.must(303);
    let other = browser.get(server, "/v1/me").await.must(200).json();
    assert_ne!(other["user_id"], me["user_id"]);
}

/// A provider that never answers: those who wait for it are few, and nobody else waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_hangs_holds_few_and_nobody_else() {
    let site = Site::start().await;
    let server = &site.server;
    let person = Person::of("nora", json!({}));
    let begun = format!("/sign-in/{}", site.connection);
    let mut waiting = Vec::new();
    for _ in 0..=PLACES {
        let mut browser = Browser::at(HOST);
        let away = browser.begin(server, &begun).await;
        let back = site.back(&away, &person);
        waiting.push((browser, back));
    }
    site.provider.hangs("/token");
    let asked = async |(browser, back): &mut (Browser, String)| browser.get(server, back).await;
    let (mut late, back) = waiting.pop().expect("one more than there are places");
    let all = join_all(waiting.iter_mut().map(asked));
    let meanwhile = async {
        while site.provider.asked("/token").len() < PLACES {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let begun = Instant::now();
        let told = late.get(server, &back).await.must(503);
        assert!(told.body.contains("can not be reached"), "{}", told.body);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(site.provider.asked("/token").len(), PLACES);
        server.get("globex.owner", "/v1/me").await.must(200);
        Browser::at(HOST).get(server, "/sign-in").await.must(200);
    };
    tokio::select! {
        done = all => panic!("nobody is answered before the provider is given up: {done:?}"),
        () = meanwhile => {}
    }
    site.provider.says("/token", 400, &json!({}));
    let again = async {
        let mut browser = Browser::at(HOST);
        while site.sign_in(&mut browser, &person).await.status != 303 {}
    };
    timeout(Duration::from_secs(30), again)
        .await
        .expect("a place is free again");
}

/// As an owner does it whose organization's provider is down, from the first page to the last.
#[tokio::test]
async fn an_owner_breaks_the_glass_after_signing_in_once_more() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut boss = Browser::default();
    let glass = "/sign-in/break-glass/acme";
    let page = boss.form(&server, glass, "reason=down").await.must(401);
    assert!(page.body.contains("Sign in to your account first"));
    boss.sign_in(&server, "boss").await;
    let me = boss.get(&server, "/v1/me").await.must(200).json();
    let owns = format!(
        "insert into tenant.members (tenant_id, user_id, role_id, display_name)
         select t.id, '{}', r.id, 'Boss' from platform.tenants t
         join tenant.roles r on r.tenant_id = t.id and r.name = 'owner' where t.slug = 'acme';
         update platform.tenants set sso_enforced = true where slug = 'acme'",
        me["user_id"].as_str().expect("an id")
    );
    server.world.arrange(owns).await;
    let acme = [("bulkhead-tenant", "acme")];
    let shut = boss.ask(&server, "GET", "/v1/documents", &acme).await;
    assert_eq!(shut.refusal(), "403 sso_required");

    let page = boss.form(&server, glass, "reason=down").await.must(403);
    let anew = format!("/sign-in/home?anew=true&amp;return_to={glass}");
    assert!(page.body.contains(&anew), "{}", page.body);
    let back = boss
        .visit(&server, &anew.replace("&amp;", "&"), "boss")
        .await;
    let inside = boss.get(&server, &back).await.must(303);
    assert_eq!(location(&inside), glass);
    let asked = boss.get(&server, glass).await.must(200);
    assert!(asked.body.contains("tells who did it"), "{}", asked.body);
    let evil = boss.form_from(&server, glass, "reason=down", "cross-site");
    evil.await.must(403);
    boss.form(&server, glass, "reason=the+provider+is+down")
        .await
        .must(303);
    let documents = boss.ask(&server, "GET", "/v1/documents", &acme).await;
    documents.must(200);
    let told = "select count(*) from audit.events e
        join audit.event_pii p on p.tenant_id = e.tenant_id and p.event_id = e.id
        where e.action = 'break_glass.create' and e.outcome = 'ok'
            and p.content like '%the provider is down%'";
    assert_eq!(server.world.number(told).await, 1);
    let sessions = boss.get(&server, "/v1/sessions").await.must(200).json();
    let at_host = sessions["items"].as_array().expect("a list");
    assert!(at_host.iter().all(|one| one["host"] == NAME), "{sessions}");
}
