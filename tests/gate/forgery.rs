//! Forgery and replay: a context fits one transaction of one backend, as the gate wrote it.

use sha2::{Digest, Sha256};

use super::{assert_forged, assert_nobody, context, wear};
use crate::support::{Act, World, entering, hash, id};

/// Where each part of a context begins and ends, as `sql/functions/context.sql` says.
const PARTS: [(&str, usize, usize); 8] = [
    ("kid", 0, 8),
    ("seal", 8, 72),
    ("tenant", 72, 108),
    ("user", 108, 144),
    ("credential", 144, 180),
    ("role_id", 180, 216),
    ("agent", 216, 252),
    ("scoped", 252, 253),
];

fn replaced(context: &str, (from, to): (usize, usize), by: &str) -> String {
    format!("{}{by}{}", &context[..from], &context[to..])
}

#[tokio::test]
async fn no_part_of_a_context_can_be_changed() {
    let world = World::start().await;
    let act = world.act("acme.viewer").await;
    let made = context(&act).await;
    let theirs = context(&world.act("globex.owner").await).await;
    let scoped = context(&world.act("acme.scoped").await).await;
    assert_eq!(&made[252..253], "-");
    assert_eq!(&scoped[252..253], "s");
    for (part, from, to) in PARTS {
        let letter = if &made[from..=from] == "0" { "1" } else { "0" };
        let one = replaced(&made, (from, from + 1), letter);
        act.must(wear(&one)).await;
        assert_forged(&act, &format!("one letter of {part}")).await;
        if theirs[from..to] != made[from..to] {
            act.must(wear(&replaced(&made, (from, to), &theirs[from..to]))).await;
            assert_forged(&act, &format!("the {part} of another's context")).await;
        }
    }
    let owner = id("acme/role/owner").to_string();
    act.must(wear(&replaced(&made, (180, 216), &owner))).await;
    assert_forged(&act, "a role above one's own").await;
    for (word, other) in [
        ("viewer", "owner"),
        ("request-1", "request-2"),
        ("trace-1", "trace-2"),
        ("192.0.2.7", "192.0.2.8"),
        ("a test", "no test"),
    ] {
        assert!(made.contains(word), "{made}");
        act.must(wear(&made.replace(word, other))).await;
        assert_forged(&act, word).await;
    }
    // What the gate wrote is still good: nothing but the value decides.
    act.must(wear(&made)).await;
    assert_eq!(act.must("select app.role()").await.one(), "viewer");
}

#[tokio::test]
async fn a_scoped_key_can_not_shed_its_scopes() {
    let world = World::start().await;
    let act = world.act("acme.scoped").await;
    let made = context(&act).await;
    act.must(wear(&replaced(&made, (252, 253), "-"))).await;
    assert_forged(&act, "scoped to unscoped").await;
}

#[tokio::test]
async fn neither_garbage_nor_a_part_is_a_context() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let made = context(&act).await;
    for length in (1..made.len()).step_by(7).chain([1, 8, 9, 71, 72, 73, 108, 252, 253]) {
        act.must(wear(&made[..length])).await;
        let refusal = act.run("select app.tenant_id()").await.expect_err("cut short");
        assert_eq!(refusal.to_string(), "42501 context_forged", "cut to {length}");
    }
    let upper_seal = replaced(&made, (8, 72), &made[8..72].to_uppercase());
    let upper_kid = replaced(&made, (0, 8), &made[..8].to_uppercase());
    let upper_ids = replaced(&made, (72, 252), &made[72..252].to_uppercase());
    let tail = made.to_uppercase();
    let long = "x".repeat(1 << 20);
    let twice = format!("{made}{made}");
    let tenant = id("acme").to_string();
    for garbage in [
        &upper_seal, &upper_ids, &tail, &long, &twice, &tenant, &made.replace('a', "ä"),
        &format!("{made} "), &format!(" {made}"), &made.chars().rev().collect(),
        "x", " ", "{}", "null", "\\", "'", "\u{1f}", "💣", "%s%n", "{\"tenant\":1}",
    ]
    .map(str::to_owned)
    {
        act.must(wear(&garbage)).await;
        let short: String = garbage.chars().take(80).collect();
        assert_forged(&act, &short).await;
    }
    if upper_kid != made {
        act.must(wear(&upper_kid)).await;
        assert_forged(&act, "the key's name in capitals").await;
    }
    act.must(wear("")).await;
    assert_nobody(&act, "an empty context is none").await;
}

#[tokio::test]
async fn a_forged_context_does_not_pass_the_gate_either() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    act.must(wear("forged")).await;
    let refusal = act.run(entering("acme.owner")).await.expect_err("forged");
    assert_eq!(refusal.to_string(), "42501 context_forged");
}

#[tokio::test]
async fn a_context_is_of_no_use_in_the_next_transaction() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    act.must(entering("acme.owner")).await;
    let made = context(&act).await;
    for end in ["commit", "rollback"] {
        // A message of its own: transactions of one message share their start.
        act.client().batch_execute(end).await.expect("it ends");
        act.client().batch_execute("begin").await.expect("it begins");
        assert_nobody(&act, end).await;
        act.must(wear(&made)).await;
        assert_forged(&act, end).await;
        act.client().batch_execute("rollback").await.expect("it ends");
        act.client().batch_execute("begin").await.expect("it begins");
    }
}

#[tokio::test]
async fn a_context_is_of_no_use_to_another_backend_or_plane() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    let made = context(&owner).await;
    let other = world.begin("begin").await;
    other.must(wear(&made)).await;
    assert_forged(&other, "another backend").await;
    for plane in bulkhead::config::Plane::ALL {
        let login = world.database.login(plane).await;
        let act = Act::begin(login, Default::default(), "begin").await;
        act.must(wear(&made)).await;
        let refusal = act.run("select app.tenant_id()").await.expect_err("replayed");
        assert_eq!(refusal.to_string(), "42501 context_forged", "{}", plane.role());
    }
    // An admitted session that puts another's on is not that other.
    let viewer = world.act("globex.viewer").await;
    viewer.must(wear(&made)).await;
    assert_forged(&viewer, "worn over one's own").await;
}

/// HMAC-SHA-256 as RFC 2104 has it, written a second time.
struct Seal {
    inner: Vec<u8>,
    outer: Vec<u8>,
    kid: String,
}

impl Seal {
    async fn key(world: &World) -> Self {
        let text = "select kid, inner_pad, outer_pad from platform.seal_keys
            where retires_at is null";
        let row = world.admin.query_one(text, &[]).await.expect("one key seals");
        Self { kid: row.get(0), inner: row.get(1), outer: row.get(2) }
    }

    fn of(&self, payload: &str, pid: i32, start: i64) -> String {
        let inner = Sha256::new()
            .chain_update(&self.inner)
            .chain_update(payload)
            .chain_update(pid.to_be_bytes())
            .chain_update(start.to_be_bytes())
            .finalize();
        let seal = Sha256::new().chain_update(&self.outer).chain_update(inner).finalize();
        let digits: String = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}{digits}{payload}", self.kid)
    }
}

/// The key in hand, all that is left is which backend and which transaction it is made for.
#[tokio::test]
async fn the_seal_covers_the_backend_and_the_start_of_the_transaction() {
    let world = World::start().await;
    let seal = Seal::key(&world).await;
    let act = world.act("acme.owner").await;
    let made = context(&act).await;
    let pid: i32 = act.must("select pg_backend_pid()").await.one().parse().expect("a number");
    let start = "select ('x' || encode(timestamptz_send(now()), 'hex'))::bit(64)::bigint";
    let start: i64 = act.must(start).await.one().parse().expect("a number");
    assert_eq!(made, seal.of(&made[72..], pid, start), "this is how a seal is made");
    for (other_pid, other_start) in [(pid + 1, start), (pid, start + 1), (pid, 0), (0, start)] {
        act.must(wear(&seal.of(&made[72..], other_pid, other_start))).await;
        assert_forged(&act, &format!("pid {other_pid}, start {other_start}")).await;
    }
    let theirs = made.replace(&id("acme").to_string(), &id("globex").to_string());
    act.must(wear(&seal.of(&theirs[72..], pid, start))).await;
    assert_eq!(
        act.must("select app.tenant_id()").await.one(),
        id("globex").to_string(),
        "whoever holds a seal key is any tenant: so nobody reads one"
    );
}

/// Were the keys readable, all else would be in vain.
#[tokio::test]
async fn no_plane_reads_a_seal_key_or_makes_a_seal() {
    let world = World::start().await;
    for plane in bulkhead::config::Plane::ALL {
        let login = world.database.login(plane).await;
        let act = Act::begin(login, Default::default(), "begin").await;
        for theft in [
            "select * from platform.seal_keys",
            "select kid from platform.seal_keys",
            "select seal_keys from platform.seal_keys",
            "copy platform.seal_keys to stdout",
            "update platform.seal_keys set retires_at = null",
            "insert into platform.seal_keys (kid, inner_pad, outer_pad)
                values ('00000000', '', '')",
            "select app.seal('', '', '')",
        ] {
            let refusal = act.run(theft).await.expect_err(theft);
            assert_eq!(refusal.sqlstate, "42501", "{}: {theft}", plane.role());
        }
    }
    let stolen = format!("select {} = hash from platform.credentials", hash("acme.owner"));
    let act = world.act("acme.owner").await;
    assert_eq!(act.run(stolen).await.expect_err("hashes are hidden").sqlstate, "42501");
}
