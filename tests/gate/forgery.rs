//! Forgery and replay: a context fits one transaction of one backend, as the gate wrote it.

use super::{assert_forged, assert_nobody, context, wear};
use crate::support::{Act, World, entering, id};

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
            act.must(wear(&replaced(&made, (from, to), &theirs[from..to])))
                .await;
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
    for length in (1..made.len())
        .step_by(7)
        .chain([1, 8, 9, 71, 72, 73, 108, 252, 253])
    {
        act.must(wear(&made[..length])).await;
        let refusal = act
            .run("select app.tenant_id()")
            .await
            .expect_err("cut short");
        assert_eq!(
            refusal.to_string(),
            "42501 context_forged",
            "cut to {length}"
        );
    }
    let upper_seal = replaced(&made, (8, 72), &made[8..72].to_uppercase());
    let upper_kid = replaced(&made, (0, 8), &made[..8].to_uppercase());
    let upper_ids = replaced(&made, (72, 252), &made[72..252].to_uppercase());
    let tail = made.to_uppercase();
    let long = "x".repeat(1 << 20);
    let twice = format!("{made}{made}");
    let tenant = id("acme").to_string();
    for garbage in [
        &upper_seal,
        &upper_ids,
        &tail,
        &long,
        &twice,
        &tenant,
        &made.replace('a', "ä"),
        &format!("{made} "),
        &format!(" {made}"),
        &made.chars().rev().collect(),
        "x",
        " ",
        "{}",
        "null",
        "\\",
        "'",
        "\u{1f}",
        "💣",
        "%s%n",
        "{\"tenant\":1}",
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
        act.client()
            .batch_execute("begin")
            .await
            .expect("it begins");
        assert_nobody(&act, end).await;
        act.must(wear(&made)).await;
        assert_forged(&act, end).await;
        act.client()
            .batch_execute("rollback")
            .await
            .expect("it ends");
        act.client()
            .batch_execute("begin")
            .await
            .expect("it begins");
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
        let refusal = act
            .run("select app.tenant_id()")
            .await
            .expect_err("replayed");
        assert_eq!(
            refusal.to_string(),
            "42501 context_forged",
            "{}",
            plane.role()
        );
    }
    // An admitted session that puts another's on is not that other.
    let viewer = world.act("globex.viewer").await;
    viewer.must(wear(&made)).await;
    assert_forged(&viewer, "worn over one's own").await;
}
