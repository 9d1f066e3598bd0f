//! The operator's commands: what they make works, what they end is over, and a mistake is told.

use std::fmt::Write;

use bulkhead::token::Credential;

use super::run;
use crate::support::{World, id};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes any text");
        text
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_opens_its_tenant_and_ends_when_revoked() {
    let world = World::start().await;
    let made = run(
        &world,
        &[
            "key",
            "create",
            "--json",
            "--tenant",
            "acme",
            "--user",
            "acme.member@example.test",
            "--name",
            "robot",
            "--ttl",
            "1d",
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let (key, secret) = (made.json()["id"].clone(), made.json()["secret"].clone());
    let (key, secret) = (
        key.as_str().expect("an id"),
        secret.as_str().expect("a token"),
    );
    let listed = run(&world, &["key", "list", "--json", "--tenant", "acme"]);
    assert!(listed.out.contains(key) && !listed.out.contains(secret));
    let hash = hex(Credential::parse(secret).expect("a token").hash.as_bytes());
    let enter = format!("select app.enter('\\x{hash}', null, '', '', '', '')");
    let act = world.begin("begin").await;
    assert_eq!(act.must(&enter).await.one(), id("acme").to_string());
    drop(act);
    assert_eq!(run(&world, &["key", "revoke", key]).code, 0);
    let act = world.begin("begin").await;
    let refused = act.run(&enter).await.expect_err("it was revoked");
    assert_eq!(refused.to_string(), "28000 credential_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_shut_until_it_is_resumed() {
    let world = World::start().await;
    for (command, enters) in [("suspend", false), ("resume", true)] {
        assert_eq!(run(&world, &["tenant", command, "acme"]).code, 0);
        let entered = world.enter("acme.owner", Some(id("acme"))).await;
        assert_eq!(entered.is_ok(), enters, "{command}");
    }
}

/// The words of a mistake, whose exit code is 2, name the flag or argument it is about.
#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_by_the_name_of_its_flag() {
    let world = World::start().await;
    let mistakes: [(&[&str], &str); 6] = [
        (&["key", "list", "--tenant", "nowhere"], "--tenant"),
        (&["tenant", "suspend", "nowhere"], "SLUG"),
        (&["key", "revoke", "not-an-id"], "ID"),
        (
            &[
                "key",
                "create",
                "--tenant",
                "acme",
                "--user",
                "nobody@x.test",
                "--name",
                "n",
            ],
            "--user",
        ),
        (
            &[
                "key",
                "create",
                "--tenant",
                "acme",
                "--user",
                "acme.owner@example.test",
                "--name",
                "n",
                "--scope",
                "fly",
            ],
            "--scope",
        ),
        (&["user", "deactivate", "nobody@example.test"], "EMAIL"),
    ];
    for (arguments, named) in mistakes {
        let told = run(&world, arguments);
        assert_ne!(told.code, 0, "{arguments:?}");
        assert!(told.err.contains(named), "{arguments:?}: {told:?}");
        assert!(told.out.is_empty(), "{told:?}");
    }
}
