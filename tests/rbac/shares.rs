//! Shares: each access gives what it says, to whom it says, as long as it says.

use crate::support::{World, id, outcome};

fn share(what: &str, with: &str, access: &str) -> String {
    let document = match what {
        "plans" => "null".to_owned(),
        document => format!("'{}'", id(&format!("acme/document/{document}"))),
    };
    format!(
        "insert into tenant.shares
            (tenant_id, workspace_id, document_id, user_id, access, created_by)
         values (app.tenant_id(), '{}', {document}, '{}', '{access}', app.user_id())",
        id("acme/workspace/plans"),
        id(with),
    )
}

#[tokio::test]
async fn an_access_gives_what_it_says() {
    let world = World::start().await;
    let roadmap = id("acme/document/roadmap");
    let on = |verb: &str| match verb {
        "read" => format!("select 1 from tenant.documents where id = '{roadmap}'"),
        "update" => format!("update tenant.documents set title = 'x' where id = '{roadmap}'"),
        "delete" => format!("delete from tenant.documents where id = '{roadmap}'"),
        "share" => share("roadmap", "acme.guest", "read"),
        _ => share("roadmap", "acme.guest", "manage"),
    };
    for (access, can) in [
        ("read", [true, false, false, false, false]),
        ("write", [true, true, false, false, false]),
        ("manage", [true, true, true, true, true]),
    ] {
        let change = format!(
            "update tenant.shares set access = '{access}' where id = '{}'",
            id("acme/share/sharee")
        );
        world.arrange(change).await;
        let act = world.act("acme.sharee").await;
        let attempts = ["read", "update", "delete", "share", "manage"].map(on);
        let reached = act.probe(&attempts).await;
        let reached = reached.iter().map(|attempt| match attempt {
            Ok(answer) => answer.affected > 0,
            Err(refusal) => {
                assert_eq!(refusal.sqlstate, "42501", "{access}: {refusal}");
                false
            }
        });
        assert_eq!(reached.collect::<Vec<_>>(), can, "{access}");
        assert_eq!(act.count("tenant.documents").await, 1, "{access}: and nothing beside it");
    }
}

#[tokio::test]
async fn nobody_shares_more_than_they_have() {
    let world = World::start().await;
    // A workspace member may share, and can not end others' shares: so no `manage`.
    let act = world.act("acme.member").await;
    for what in ["roadmap", "plans"] {
        for (access, expected) in [("read", "ok"), ("write", "ok"), ("manage", "42501")] {
            let attempt = act.probe(&[share(what, "acme.outsider", access)]).await.remove(0);
            assert!(outcome(&attempt).starts_with(expected), "{what} {access} {}", outcome(&attempt));
        }
    }
    // By another workspace's name, the document of this one is not there.
    let wrong = share("secret", "acme.outsider", "read");
    let refusal = world.act("acme.owner").await.run(wrong).await.expect_err("elsewhere");
    assert_eq!(refusal.to_string(), "23503 shares_document_id_exists");
    for actor in ["acme.viewer", "acme.guest", "acme.auditor", "acme.outsider", "acme.sharee"] {
        let act = world.act(actor).await;
        let refusal = act.run(share("roadmap", "acme.guest", "read")).await.expect_err(actor);
        assert_eq!(refusal.sqlstate, "42501", "{actor}");
    }
}

/// A share names what is shared by its workspace, too, and must follow a document that moves.
#[tokio::test]
async fn a_share_follows_its_document() {
    let world = World::start().await;
    let (roadmap, vault) = (id("acme/document/roadmap"), id("acme/workspace/vault"));
    let act = world.act("acme.owner").await;
    let moved = format!(
        "update tenant.documents set workspace_id = '{vault}' where id = '{roadmap}'"
    );
    assert_eq!(act.must(moved).await.affected, 1);
    act.commit().await.expect("the owner may move it");
    let act = world.act("acme.sharee").await;
    assert_eq!(act.must("select id from tenant.documents").await.ids(), [roadmap]);
    let stranger = world.act("acme.member").await;
    assert!(!stranger.must("select id from tenant.documents").await.ids().contains(&roadmap));
}

/// Giver, receiver, and who may end shares; nobody else.
#[tokio::test]
async fn a_share_is_ended_by_whom_it_concerns() {
    let world = World::start().await;
    let end = format!("delete from tenant.shares where id = '{}'", id("acme/share/sharee"));
    for (actor, ends) in [
        ("acme.owner", 1),
        ("acme.admin", 1),
        ("acme.sharee", 1),
        ("acme.member", 0),
        ("acme.teammate", 0),
        ("acme.auditor", 0),
        ("acme.outsider", 0),
        ("globex.owner", 0),
    ] {
        let act = world.act(actor).await;
        let attempt = act.probe(&[end.clone()]).await.remove(0);
        assert_eq!(attempt.expect("nothing to refuse").affected, ends, "{actor}");
    }
}
