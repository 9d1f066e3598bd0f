//! Words: what is said of a request comes back as it was said, and never shifts a field.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tokio_postgres::Client;

use super::assert_nobody;
use crate::support::{World, hash};

type Words = [Option<String>; 4];

/// Says `words` at the gate and asks for them back; the fields around them must stay.
async fn round_trip(client: &Client, words: &Words) -> Words {
    client
        .batch_execute("begin")
        .await
        .expect("a transaction begins");
    let enter = format!(
        "select app.enter({}, null, $1, $2, $3, $4)",
        hash("acme.owner")
    );
    let [request, trace, ip, reason] = words;
    client
        .query_one(&enter, &[request, trace, ip, reason])
        .await
        .unwrap_or_else(|error| panic!("{words:?}: {error:?}"));
    let ask = "select app.request_id(), app.trace_id(), app.client_ip(), app.reason(), app.role(),
        (select count(*) from tenant.documents)";
    let row = client.query_one(ask, &[]).await;
    let row = row.unwrap_or_else(|error| panic!("{words:?}: {error:?}"));
    client.batch_execute("rollback").await.expect("it ends");
    assert_eq!(row.get::<_, &str>(4), "owner", "{words:?}");
    assert_eq!(row.get::<_, i64>(5), 3, "{words:?}");
    [row.get(0), row.get(1), row.get(2), row.get(3)]
}

/// Nothing said and an empty word are one.
fn heard(words: &Words) -> Words {
    words
        .clone()
        .map(|word| word.filter(|word| !word.is_empty()))
}

const WORDS: [&str; 26] = [
    "",
    "plain",
    " ",
    "  padded  ",
    "NULL",
    "null",
    "Null",
    "\"NULL\"",
    "'",
    "''",
    "\"",
    "\\",
    "\\\\",
    ",",
    "{}",
    "{a,b}",
    "}{",
    "},{",
    "\u{1f}",
    "\u{1}\u{7f}",
    "\n\r\t",
    "ä💣\u{202e}",
    "00000000-0000-0000-0000-000000000000",
    "$1 %s {0}",
    "'; select app.enter(null) --",
    "[2:3]={",
];

#[tokio::test]
async fn words_of_every_kind_come_back_exactly() {
    let world = World::start().await;
    let client = world.login().await;
    for word in WORDS {
        for place in 0..4 {
            let mut words = ["request", "trace", "192.0.2.1", "why"].map(|word| Some(word.into()));
            words[place] = Some(word.to_owned());
            assert_eq!(round_trip(&client, &words).await, heard(&words));
        }
        let words = [(); 4].map(|()| Some(word.to_owned()));
        assert_eq!(round_trip(&client, &words).await, heard(&words));
    }
    let nothing = [None, None, None, None];
    assert_eq!(round_trip(&client, &nothing).await, nothing);
}

#[tokio::test]
async fn any_words_come_back_exactly() {
    let world = World::start().await;
    let client = world.login().await;
    let word = proptest::option::of("[^\\x00]{0,60}|[\\\\\"'{},NULnul \\x1f]{0,30}");
    let words = [word.clone(), word.clone(), word.clone(), word];
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let words = words
            .new_tree(&mut runner)
            .expect("words can be made")
            .current();
        assert_eq!(round_trip(&client, &words).await, heard(&words));
    }
}

#[tokio::test]
async fn words_that_are_too_long_are_refused_and_leave_no_context() {
    let world = World::start().await;
    let long = format!("'{}'", "x".repeat(3000));
    for place in 0..4 {
        let mut words = ["'a'"; 4];
        words[place] = &long;
        let act = world.begin("begin").await;
        let call = format!(
            "select app.enter({}, null, {})",
            hash("acme.owner"),
            words.join(", ")
        );
        let refusal = act.run(call).await.expect_err("too long");
        assert_eq!(refusal.to_string(), "22001 context_too_long");
        assert_nobody(&act, "refused").await;
    }
    // A stranger is told that they are one, not that they talk too much.
    let act = world.begin("begin").await;
    let call = format!("select app.enter(sha256('guess'), null, {long}, '', '', '')");
    assert_eq!(
        act.run(call).await.expect_err("unknown").to_string(),
        "28000 credential_invalid"
    );
    let client = world.login().await;
    let fits = [Some("r".repeat(500)), None, None, Some("ü".repeat(1500))];
    assert_eq!(round_trip(&client, &fits).await, fits);
}
