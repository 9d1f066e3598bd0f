//! Fields: what a request says of itself travels in the context, and can not leave its place.

use crate::support::{World, hash, id, outcome};

/// As dollar-quoted text, so that every character below arrives as it is.
fn quoted(text: &str) -> String {
    format!("$field${text}$field$")
}

#[tokio::test]
async fn no_text_moves_a_field() {
    let world = World::start().await;
    let globex = id("globex");
    let nasty = [
        "plain",
        "",
        "NULL",
        "null",
        "a,b",
        "{a,b}",
        "}",
        "{",
        "\"",
        "\"\"",
        "\\",
        "\\\"",
        "','",
        "a\",\"b",
        "{{nested},{arrays}}",
        "'; select set_config('app.context', '', true); --",
        "\u{1f}\u{1e}\u{1}",
        "line\nbreak\r\ttab",
        "ünïcødé 漢字 🦀 \u{202e}",
        "  spaces  ",
        "=> [1:2]={x,y}",
        &format!("{globex}{globex}"),
    ];
    for text in nasty {
        // In each place in turn, beside neighbours that must not move.
        for place in 0..4 {
            let mut fields = ["request", "trace", "ip", "reason"];
            fields[place] = text;
            let values = fields.map(quoted).join(", ");
            let act = world.begin("begin").await;
            act.must(format!(
                "select app.enter({}, null, {values})",
                hash("acme.owner")
            ))
            .await;
            let read = "select app.request_id(), app.trace_id(), app.client_ip(), app.reason(),
                app.role(), app.tenant_id(), app.user_id(), app.credential_id(), app.agent_id()";
            let answer = act.must(read).await;
            let mut wanted: Vec<Option<String>> = fields
                .iter()
                .map(|text| Some((*text).to_owned()).filter(|t| !t.is_empty()))
                .collect();
            wanted.push(Some("owner".to_owned()));
            wanted.extend(
                ["acme", "acme.owner", "acme.owner"].map(|name| Some(id(name).to_string())),
            );
            wanted.push(None);
            assert_eq!(answer.rows[0], wanted, "{text:?} in place {place}");
            assert_eq!(
                act.count("tenant.documents").await,
                3,
                "{text:?} in place {place}"
            );
        }
    }
}

/// Null says the same as nothing.
#[tokio::test]
async fn fields_may_be_absent() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    act.must(format!(
        "select app.enter({}, null, null, null, null, null)",
        hash("acme.owner")
    ))
    .await;
    let read = "select coalesce(app.request_id(), app.trace_id(), app.client_ip(), app.reason())";
    assert_eq!(act.must(read).await.optional(), None);
    assert_eq!(act.must("select app.tenant_id()").await.ids(), [id("acme")]);
}

/// The context is read with every statement, so it has a limit.
#[tokio::test]
async fn fields_that_are_too_long_are_refused() {
    let world = World::start().await;
    for (length, expected) in [
        (255, "ok"),
        (2000, "ok"),
        (2001, "22001 context_too_long"),
        (1_000_000, "22001 context_too_long"),
    ] {
        let act = world.begin("begin").await;
        let attempt = act
            .run(format!(
                "select app.enter({}, null, repeat('é', {length}), '', '', '')",
                hash("acme.owner")
            ))
            .await;
        assert_eq!(outcome(&attempt), expected, "{length}");
    }
    // Who is refused anyway is not told about lengths.
    let act = world.begin("begin").await;
    let attempt = act
        .run("select app.enter(sha256('x'), null, repeat('x', 9999), '', '', '')")
        .await;
    assert_eq!(outcome(&attempt), "28000 credential_invalid");
}
