//! Whom a line means who is here already.

use serde_json::{Value, json};

use super::{counted, import, refused};
use crate::commands::run;
use crate::support::{World, id};

/// Somebody is another in the directory, too, and somebody has come by a login.
async fn prepare(world: &World) {
    let known = "update platform.users set canonical_subject = 'did:privy:m'
        where email = 'acme.member@example.test'";
    world.arrange(known).await;
    let came = "insert into platform.identities (connection_id, issuer, subject, user_id)
        select '00000000-0000-0000-0000-000000000000', 'https://issuer.test', 'guest', id
        from platform.users where email = 'acme.guest@example.test'";
    world.arrange(came).await;
}

/// Whoever is here already is found by what only they are known by, and by nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_means_who_is_here_already_only_where_that_is_sure() {
    let world = World::start().await;
    prepare(&world).await;
    let world_issuer = "https://issuer.world.test";
    let login = |subject: &str| json!([{ "issuer": world_issuer, "subject": subject }]);
    let sharee = login("acme.sharee@example.test");
    let both =
        json!([sharee[0], { "issuer": world_issuer, "subject": "globex.sharee@example.test" }]);
    let lines = [
        json!({ "legacy_id": "by-login", "identities": sharee }),
        json!({ "legacy_id": "by-subject", "canonical_subject": "did:privy:m" }),
        // Entered by their address, and never come.
        json!({ "legacy_id": "awaited", "email": "acme.viewer@example.test",
            "email_verified": true }),
        // An address that nobody has proved is nobody's.
        json!({ "legacy_id": "claims", "email": "acme.admin@example.test" }),
        json!({ "legacy_id": "came", "email": "acme.guest@example.test",
            "email_verified": true }),
        json!({ "legacy_id": "two", "identities": both }),
        json!({ "legacy_id": "torn", "identities": sharee, "canonical_subject": "did:privy:m" }),
        json!({ "legacy_id": "by-subject", "canonical_subject": "did:privy:other" }),
    ]
    .map(|line| line.to_string());
    let told = import(&world, &lines, &[]);
    assert_eq!(counted(&told), "1 3 0 0 4", "{told:?}");
    let expected = [
        "5 email users_email_unique",
        "6 identities identities_user_id_same",
        "7 identities identities_user_id_same",
        "8 canonical_subject users_canonical_subject_immutable",
    ];
    assert_eq!(refused(&told), expected);
    for (legacy, person) in [
        ("by-login", "acme.sharee"),
        ("by-subject", "acme.member"),
        ("awaited", "acme.viewer"),
    ] {
        let shown = run(
            &world,
            &["user", "show", legacy, "--legacy", "old", "--json"],
        );
        assert_eq!(shown.json()["id"], id(person).to_string(), "{shown:?}");
    }
    let claims = run(
        &world,
        &["user", "show", "claims", "--legacy", "old", "--json"],
    )
    .json();
    assert_ne!(claims["id"], id("acme.admin").to_string());
    assert_eq!(claims["email"], Value::Null);
    assert_eq!(claims["legacy"][0]["email"], "acme.admin@example.test");

    let text = run(&world, &["users", "show", "acme.member@example.test"]);
    assert!(text.out.contains("by-subject of old"), "{text:?}");
    assert!(text.out.contains("did:privy:m"), "{text:?}");
    let nobody = run(
        &world,
        &[
            "user",
            "show",
            "acme.member@example.test",
            "--legacy",
            "old",
        ],
    );
    assert!(
        nobody.code == 1 && nobody.err.contains("USER"),
        "{nobody:?}"
    );
}
