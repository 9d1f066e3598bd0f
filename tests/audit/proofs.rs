//! Proofs by HTTP: what was signed of a tenant's history, for who may read all of it.

use base64::Engine;
use bulkhead::ledger::inspect::Inspector;
use serde_json::json;
use tlog_tiles::tlog::{Hash, check_record, check_tree, record_hash};
use uuid::Uuid;

use super::event_of;
use crate::support::{Answered, Sealer, Server, id};

const CHECKPOINT: &str = "/v1/audit/checkpoint";

async fn sealed() -> (Server, Sealer) {
    let server = Server::start().await;
    let sealer = Sealer::of(&server.world);
    sealer.seal(&server.world).await;
    (server, sealer)
}

async fn leaf(server: &Server, tenant: &str, idx: i64) -> Uuid {
    let sql = "select event_id from audit.leaves where tenant_id = $1 and idx = $2";
    let row = server
        .world
        .admin
        .query_one(sql, &[&id(tenant), &idx])
        .await;
    row.expect("it is sealed").get(0)
}

fn proof_of(event: Uuid) -> String {
    format!("/v1/audit/events/{event}/proof")
}

fn octets(text: &str) -> Vec<u8> {
    let standard = base64::engine::general_purpose::STANDARD;
    standard.decode(text).expect("it is base 64")
}

fn hash(line: &str) -> Hash {
    Hash(octets(line).try_into().expect("it has 32 octets"))
}

#[tokio::test]
async fn an_event_is_proven_to_be_in_what_was_signed() {
    let (server, sealer) = sealed().await;
    let event = leaf(&server, "acme", 5).await;
    let signed = server.get("acme.auditor", CHECKPOINT).await.must(200);
    let media = Some("text/plain; charset=utf-8");
    assert_eq!(signed.header("content-type"), media);
    let told = server.get("acme.auditor", &proof_of(event)).await.must(200);
    assert_eq!(told.header("content-type"), media);
    let (proof, note) = told.body.split_once("\n\n").expect("proof and checkpoint");
    assert_eq!(note, signed.body);
    let lines: Vec<&str> = proof.lines().collect();
    assert_eq!((lines[0], lines[2]), ("c2sp.org/tlog-proof@v1", "index 5"));
    let record = octets(lines[1].strip_prefix("extra ").expect("the leaf"));
    let path: Vec<Hash> = lines[3..].iter().map(|line| hash(line)).collect();
    let head = sealer.verifier().open(note).expect("it is signed");
    assert_eq!(head.tenant, Some(id("acme")));
    let holds = |idx| check_record(&path, head.size, head.root, idx, record_hash(&record));
    holds(5).expect("the event is in the tree");
    assert!(holds(6).is_err(), "it is nowhere else");

    let mut inspector = Inspector::connect(&sealer.config).await.expect("it may");
    let key = sealer.verifier();
    let printed = inspector.prove_inclusion(id("acme"), event, &key).await;
    assert_eq!(
        printed.expect("it is sealed"),
        told.body,
        "as `platformctl`"
    );
}

#[tokio::test]
async fn a_history_is_proven_to_have_only_grown() {
    let (server, sealer) = sealed().await;
    let before = server.get("acme.auditor", CHECKPOINT).await.must(200);
    let before = sealer.verifier().open(&before.body).expect("it is signed");
    // Beyond the first kept subtree.
    let many = format!(
        "insert into tenant.teams (tenant_id, name, created_by)
         select '{}', 'team ' || n, '{}' from generate_series(1, 300) n",
        id("acme"),
        id("acme.owner")
    );
    server.world.arrange(many).await;
    sealer.seal(&server.world).await;
    let path = format!("/v1/audit/consistency?from={}", before.size);
    let told = server.get("acme.owner", &path).await.must(200);
    let (proof, note) = told.body.split_once("\n\n").expect("proof and checkpoint");
    assert_eq!(proof.lines().next(), Some(&*format!("old {}", before.size)));
    let path: Vec<Hash> = proof.lines().skip(1).map(hash).collect();
    let later = sealer.verifier().open(note).expect("it is signed");
    assert!(later.size > 300);
    let holds = |old| check_tree(&path, later.size, later.root, before.size, old);
    holds(before.root).expect("it has only grown");
    assert!(holds(Hash([1; 32])).is_err());
    let beyond = later.size + 1;
    for query in [
        String::new(),
        "?from=0".to_owned(),
        "?from=-1".to_owned(),
        format!("?from={beyond}"),
    ] {
        let refused = server
            .get("acme.owner", &format!("/v1/audit/consistency{query}"))
            .await;
        assert_eq!(refused.refusal(), "422 parameter_invalid from", "{query}");
    }
}

#[tokio::test]
async fn proofs_are_for_who_may_read_all_of_the_tenant_s_history() {
    let (server, sealer) = sealed().await;
    let event = leaf(&server, "acme", 3).await;
    for (who, checkpoint, proof) in [
        ("acme.owner", 200, 200),
        ("acme.auditor", 200, 200),
        ("acme.admin", 403, 403),
        ("acme.member", 403, 403),
        ("acme.guest", 403, 403),
        ("acme.scoped", 403, 403),
        ("acme.revoked", 401, 401),
        ("globex.owner", 200, 404),
        ("globex.auditor", 200, 404),
        ("globex.guest", 403, 403),
    ] {
        let signed = server.get(who, CHECKPOINT).await.must(checkpoint);
        let grown = server.get(who, "/v1/audit/consistency?from=1").await;
        grown.must(checkpoint);
        server.get(who, &proof_of(event)).await.must(proof);
        if checkpoint == 200 {
            let head = sealer.verifier().open(&signed.body).expect("it is signed");
            let tenant = who.split_once('.').map(|(tenant, _)| id(tenant));
            assert_eq!(head.tenant, tenant, "{who} is shown their own");
        }
    }
}

#[tokio::test]
async fn what_is_not_signed_yet_is_not_proven() {
    let server = Server::start().await;
    let first = "select id from audit.events where tenant_id = $1 order by id limit 1";
    let row = server.world.admin.query_one(first, &[&id("acme")]).await;
    let event: Uuid = row.expect("there is a history").get(0);
    let refusal = async |path: &str| server.get("acme.auditor", path).await.refusal();
    assert_eq!(refusal(CHECKPOINT).await, "404 not_found");
    let grown = "/v1/audit/consistency?from=1";
    assert_eq!(refusal(grown).await, "404 not_found");
    let yet = "409 event_not_checkpointed";
    assert_eq!(refusal(&proof_of(event)).await, yet);
    assert_eq!(refusal(&proof_of(id("nowhere"))).await, "404 not_found");
    server.get("acme.guest", CHECKPOINT).await.must(403);
}

/// A proof holds the event itself.
#[tokio::test]
async fn who_takes_a_proof_is_told_and_who_is_refused_one_too() {
    let (server, _sealer) = sealed().await;
    let event = leaf(&server, "acme", 2).await;
    for (who, outcome, status) in [("acme.auditor", "ok", 200), ("acme.guest", "denied", 403)] {
        let asked = server.by(who, "GET", &proof_of(event));
        let asked = asked.header("x-request-id", outcome);
        asked.answer().await.must(status);
        let told = format!("select count(*) from audit.events where request_id = '{outcome}'");
        super::until(&server.world, told, 1).await;
        let told = event_of(&server, outcome).await;
        assert_eq!(told["action"], "audit_event_proof.read");
        assert_eq!(told["outcome"], outcome);
        assert_eq!(told["resource_id"], json!(event));
    }
}
