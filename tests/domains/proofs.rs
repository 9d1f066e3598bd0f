//! Proofs: the record that a claim names proves it, and nothing else does.

use super::{Scene, prover, told};
use crate::support::NameServer;

#[tokio::test]
async fn the_record_that_a_claim_names_proves_it() {
    let mut scene = Scene::start().await;
    let domain = scene.claim_and_publish("acme.admin", "acme.example").await;
    assert_eq!(scene.verify("acme.admin", domain).await, "verified");
    let shown = scene.show("acme.admin", domain).await;
    assert_eq!(
        shown.text("record_name"),
        "_bulkhead-challenge.acme.example"
    );
    assert!(shown.json()["proved_at"].is_string());
}

#[tokio::test]
async fn a_text_in_several_strings_beside_other_texts_is_read_whole() {
    let mut scene = Scene::start().await;
    let (domain, record) = scene.claim("acme.owner", "acme.example").await;
    let (head, tail) = record.split_at(37);
    let texts: [&[&str]; 4] = [
        &["v=spf1 -all"],
        &["\u{fc}\u{0}", "\n"],
        &[head, tail],
        &["bulkhead-domain-verification=old"],
    ];
    scene.names.publish("acme.example", &texts);
    assert_eq!(scene.verify("acme.owner", domain).await, "verified");
}

#[tokio::test]
async fn anything_else_is_told_by_what_is_wrong_with_it() {
    let mut scene = Scene::start().await;
    let (domain, record) = scene.claim("acme.owner", "acme.example").await;
    let (_, theirs) = scene.claim("globex.owner", "acme.example").await;
    let (token, until) = record.split_once(" expires=").expect("it has a day");
    let far = until.replace("20", "21");
    let name = "acme.example";
    for (texts, problem) in [
        (vec![], "record_missing"),
        (vec!["v=spf1 -all".to_owned()], "record_missing"),
        (vec![theirs.clone()], "record_wrong"),
        (vec![token.to_owned()], "record_wrong"),
        (vec![format!("{token} expires={far}")], "record_wrong"),
        (vec![format!("{token} expires=soon")], "record_wrong"),
        (vec![format!("x{record}")], "record_missing"),
        (vec![format!("{record}0")], "record_wrong"),
        (
            vec![format!("{token} expires=2020-02-30")],
            "record_expired",
        ),
    ] {
        let texts: Vec<[&str; 1]> = texts.iter().map(|text| [text.as_str()]).collect();
        let parts: Vec<&[&str]> = texts.iter().map(<[&str; 1]>::as_slice).collect();
        scene.names.publish(name, &parts);
        let found = scene.verify("acme.owner", domain).await;
        assert_eq!(found, format!("pending {problem}"), "{texts:?}");
    }
    scene.names.publish(name, &[&[&theirs], &[&record]]);
    assert_eq!(scene.verify("acme.owner", domain).await, "verified");
}

/// A record that comes late is found without asking again, and nothing here remembers that it was
/// not there.
#[tokio::test]
async fn a_record_that_was_missing_is_found_once_it_is_there() {
    let mut scene = Scene::start().await;
    let (domain, record) = scene.claim("acme.owner", "acme.example").await;
    scene.names.withdraw("acme.example");
    assert_eq!(
        scene.verify("acme.owner", domain).await,
        "pending record_missing"
    );
    let soon = "select count(*) from tenant.domains
        where due_at between now() + interval '20 s' and now() + interval '1 minute'";
    assert_eq!(scene.world().number(soon).await, 1);
    scene.names.publish("acme.example", &[&[&record]]);
    scene
        .world()
        .arrange("update tenant.domains set due_at = now() where due_at > now()")
        .await;
    scene.look().await;
    assert_eq!(told(&scene.show("acme.owner", domain).await), "verified");
}

/// Else whoever gets hold of a name that an alias was left pointing at proves somebody's domain.
#[tokio::test]
async fn an_alias_proves_nothing() {
    let mut scene = Scene::start().await;
    let (domain, record) = scene.claim("acme.owner", "acme.example").await;
    scene.names.publish("left.example", &[&[&record]]);
    scene.names.alias("acme.example", "left.example");
    assert_eq!(
        scene.verify("acme.owner", domain).await,
        "pending record_alias"
    );
}

#[tokio::test]
async fn a_name_in_another_script_or_below_is_another_domain() {
    let mut scene = Scene::start().await;
    let (twin, _) = scene.claim("globex.owner", "b\u{fc}cher.example").await;
    let shown = scene.show("globex.owner", twin).await;
    assert_eq!(shown.text("name"), "xn--bcher-kva.example");
    scene
        .names
        .publish("xn--bcher-kva.example", &[&[&shown.text("record_text")]]);
    assert_eq!(scene.verify("globex.owner", twin).await, "verified");
    for name in ["bucher.example", "mail.xn--bcher-kva.example"] {
        let (other, _) = scene.claim("globex.owner", name).await;
        let found = scene.verify("globex.owner", other).await;
        assert_eq!(found, "pending record_missing", "{name}");
    }
}

#[tokio::test]
async fn a_signed_zone_is_believed_and_a_broken_signature_is_not() {
    let mut scene = Scene::start().await;
    for (name, found) in [
        ("signed.example", "verified"),
        ("bogus.example", "pending dnssec_bogus"),
    ] {
        let domain = scene.claim_and_publish("acme.owner", name).await;
        assert_eq!(scene.verify("acme.owner", domain).await, found, "{name}");
    }
    scene.names.withdraw("signed.example");
    let gone = "update tenant.domains set due_at = now() where name = 'signed.example'";
    scene.world().arrange(gone).await;
    scene.look().await;
    let listed = scene
        .server
        .get("acme.owner", "/v1/domains?name=signed.example");
    let listed = listed.await.must(200).json();
    let problem = &listed["items"][0]["problem"];
    assert_eq!(problem, "record_missing", "it is signed that there is none");
}

/// Somebody between us and one resolver can not prove what is not signed.
#[tokio::test]
async fn two_resolvers_must_agree_where_nothing_is_signed() {
    let mut scene = Scene::start().await;
    let mut other = NameServer::start_as(&scene.names).await;
    scene.prover = prover(scene.world(), &[&scene.names, &other]).await;
    let (domain, record) = scene.claim("acme.owner", "acme.example").await;
    scene.names.publish("acme.example", &[&[&record]]);
    other.withdraw("acme.example");
    assert_eq!(
        scene.verify("acme.owner", domain).await,
        "pending record_missing"
    );
    other.publish("acme.example", &[&["v=spf1 -all"], &[&record]]);
    assert_eq!(scene.verify("acme.owner", domain).await, "verified");
    drop(other);
    let signed = scene
        .claim_and_publish("acme.owner", "signed.example")
        .await;
    assert_eq!(scene.verify("acme.owner", signed).await, "verified");
}
