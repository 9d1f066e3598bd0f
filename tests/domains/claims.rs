//! Claims: who may make them, what of, and who may say that one is proved.

use serde_json::json;

use super::{DOMAINS, Scene, told};
use crate::support::{Act, Answered, Server, id};
use bulkhead::config::Plane;

#[tokio::test]
async fn an_admin_claims_a_domain_and_a_member_does_not() {
    let server = Server::start().await;
    let body = json!({ "name": "Acme.Example." });
    let refused = server.post("acme.member", DOMAINS, &body).await;
    assert_eq!(refused.refusal(), "403 permission_denied");
    let made = server.post("acme.admin", DOMAINS, &body).await.must(201);
    assert_eq!(told(&made), "pending");
    let shown = made.json();
    assert_eq!(
        (&shown["name"], &shown["mode"], &shown["role"]),
        (&json!("acme.example"), &json!("off"), &json!("member"))
    );
    let again = server.post("acme.owner", DOMAINS, &body).await;
    assert_eq!(again.refusal(), "409 domains_name_unique");
    // Nobody is told that somebody else claims it, too.
    server.post("globex.admin", DOMAINS, &body).await.must(201);
    server.get("acme.member", DOMAINS).await.must(200);
    let listed = server.get("acme.auditor", DOMAINS).await.must(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    let listed = server.get("acme.member", DOMAINS).await.must(200).json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_name_that_can_not_be_claimed_is_told_by_its_field() {
    let server = Server::start().await;
    for (name, code) in [
        ("acme", "domains_name_format"),
        ("192.0.2.7", "domains_name_format"),
        ("_x.acme.example", "domains_name_format"),
        ("printer.local", "domains_name_reserved"),
        ("co.uk", "domains_name_public_suffix"),
        ("gmail.com", "domains_name_consumer"),
    ] {
        let body = json!({ "name": name });
        let refused = server.post("acme.owner", DOMAINS, &body).await;
        assert_eq!(refused.refusal(), format!("422 {code} name"), "{name}");
    }
}

#[tokio::test]
async fn another_tenants_domain_is_not_there() {
    let server = Server::start().await;
    let domain = format!("{DOMAINS}/{}", id("acme/domain/spare"));
    let verify = format!("{domain}/verify");
    server.get("globex.owner", &domain).await.must(404);
    let set = json!({ "mode": "auto" });
    server
        .patch("globex.owner", &domain, "*", &set)
        .await
        .must(404);
    server
        .post("globex.owner", &verify, &json!({}))
        .await
        .must(404);
    server
        .by("globex.owner", "DELETE", &domain)
        .answer()
        .await
        .must(404);
    server
        .patch("acme.admin", &domain, "*", &set)
        .await
        .must(200);
    server
        .by("acme.admin", "DELETE", &domain)
        .answer()
        .await
        .must(204);
}

/// Those who join would do for whoever sets it what they can not do themselves.
#[tokio::test]
async fn nobody_has_others_join_with_more_than_they_hold() {
    let server = Server::start().await;
    let domain = format!("{DOMAINS}/{}", id("acme/domain/spare"));
    let owner = json!({ "mode": "auto", "role": "owner" });
    let refused = server.patch("acme.admin", &domain, "*", &owner).await;
    assert_eq!(refused.refusal(), "403 domains_role_id_above_own");
    // Nor do they leave it there for somebody stronger to turn on.
    let planted = json!({ "mode": "off", "role": "owner" });
    let refused = server.patch("acme.admin", &domain, "*", &planted).await;
    assert_eq!(refused.refusal(), "403 domains_role_id_above_own");
    let claim = json!({ "name": "new.example", "role": "owner" });
    let refused = server.post("acme.admin", DOMAINS, &claim).await;
    assert_eq!(refused.refusal(), "403 permission_denied");
    server
        .patch("acme.owner", &domain, "*", &owner)
        .await
        .must(200);
    // What somebody stronger has set can be stopped, and not started again.
    let mode = |mode: &str| json!({ "mode": mode });
    let request = mode("request");
    let refused = server.patch("acme.admin", &domain, "*", &request).await;
    assert_eq!(refused.refusal(), "403 permission_denied");
    server
        .patch("acme.admin", &domain, "*", &mode("off"))
        .await
        .must(200);
}

#[tokio::test]
async fn a_tenant_claims_twenty_domains_and_no_more() {
    let server = Server::start().await;
    for at in 0..18 {
        let body = json!({ "name": format!("d{at}.example") });
        server.post("acme.owner", DOMAINS, &body).await.must(201);
    }
    let body = json!({ "name": "new.example" });
    let refused = server.post("acme.owner", DOMAINS, &body).await;
    assert_eq!(refused.refusal(), "409 domains_limit");
    server.post("globex.owner", DOMAINS, &body).await.must(201);
}

#[tokio::test]
async fn a_domain_is_looked_at_once_in_thirty_seconds_and_only_where_somebody_looks() {
    let scene = Scene::start().await;
    let (domain, _) = scene.claim("acme.owner", "acme.example").await;
    let verify = format!("{DOMAINS}/{domain}/verify");
    let nothing = json!({});
    let ask = || scene.server.post("acme.owner", &verify, &nothing);
    ask().await.must(200);
    let refused = ask().await;
    assert_eq!(refused.refusal(), "429 domain_asked_lately");
    let wait: u64 = refused
        .header("retry-after")
        .expect("when")
        .parse()
        .expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    let alone = Server::start().await;
    let verify = format!("{DOMAINS}/{}/verify", id("acme/domain/spare"));
    let refused = alone.post("acme.owner", &verify, &json!({})).await;
    assert_eq!(refused.refusal(), "503 domains_not_proved");
    assert!(
        refused
            .text("detail")
            .contains("BULKHEAD_WORKER_DATABASE_URL")
    );
}

/// With SQL of their choice, on any plane but the worker's: and there only by what DNS says, since
/// nobody there knows the token.
#[tokio::test]
async fn no_plane_says_of_a_domain_that_it_is_proved() {
    let scene = Scene::start().await;
    let world = scene.world();
    let (tenant, domain) = (id("acme"), id("acme/domain/spare"));
    let report = format!("select app.report_domain('{tenant}', '{domain}', 'answered', '{{}}')");
    let take = "select * from app.take_domains(1, '1 minute')".to_owned();
    let enrol = format!("select app.enrol_by_domain('{domain}', 'a@mail.acme.example')");
    let verified = "update tenant.domains set state = 'verified'".to_owned();
    let registry = "select * from platform.domains".to_owned();
    let hold = format!(
        "insert into platform.domains (name, tenant_id, domain_id)
         values ('spare.acme.example', '{tenant}', '{domain}')"
    );
    let token = "select token from tenant.domains".to_owned();
    for (plane, shut) in [
        (
            Plane::Api,
            vec![&report, &take, &enrol, &verified, &registry, &hold],
        ),
        (
            Plane::Worker,
            vec![&token, &enrol, &verified, &registry, &hold],
        ),
        (
            Plane::Control,
            vec![&report, &take, &enrol, &token, &verified, &registry, &hold],
        ),
    ] {
        let act = Act::on(world.database.login(plane).await).await;
        for statement in shut {
            let refused = act.run(statement).await.expect_err(statement);
            assert_eq!(refused.sqlstate, "42501", "{plane:?}: {statement}");
        }
    }
    let worker = Act::on(world.database.login(Plane::Worker).await).await;
    for said in ["'answered', null", "null, null", "'answered', array[null]"] {
        let told = worker
            .must(format!(
                "select app.report_domain('{tenant}', '{domain}', {said})"
            ))
            .await;
        assert_eq!(told.one(), "pending", "{said}");
    }
}

/// Past the service, with SQL, one can claim what it would refuse. Nobody looks at that.
#[tokio::test]
async fn a_claim_that_went_past_the_service_is_not_looked_at() {
    let mut scene = Scene::start().await;
    let act = scene.world().act("acme.owner").await;
    act.must(format!(
        "insert into tenant.domains (tenant_id, name, role_id)
         values (app.tenant_id(), 'gmail.com', '{}')",
        id("acme/role/member")
    ))
    .await;
    act.commit().await.expect("it is within their rights");
    let found = scene.world().admin.query_one(
        "select id, app.domain_record(token, record_until) from tenant.domains
         where name = 'gmail.com'",
        &[],
    );
    let found = found.await.expect("it is there");
    scene.names.publish("gmail.com", &[&[found.get(1)]]);
    assert_eq!(
        scene.verify("acme.owner", found.get(0)).await,
        "pending name_refused"
    );
}
