//! Outsiders inside a tenant: a workspace is seen by those in it, in a team in it, or with whom
//! it is shared; whoever is shared one document sees that document.

use super::{HERE, Whom, act, person, place, role, share, tried};
use crate::support::{Act, World, id};

fn ids(kind: &str, names: &[&str]) -> Vec<uuid::Uuid> {
    let mut ids: Vec<_> = names
        .iter()
        .map(|name| id(&format!("acme/{kind}/{name}")))
        .collect();
    ids.sort();
    ids
}

async fn sees(act: &Act, workspaces: &[&str], documents: &[&str]) {
    let seen = act.must("select id from tenant.workspaces").await.ids();
    assert_eq!(seen, ids("workspace", workspaces), "workspaces");
    let seen = act.must("select id from tenant.documents").await.ids();
    assert_eq!(seen, ids("document", documents), "documents");
}

#[tokio::test]
async fn a_member_sees_a_workspace_through_membership_team_or_share_only() {
    let world = World::start().await;
    let (plans, vault) = (["roadmap", "minutes"], ["secret"]);
    let all = ["roadmap", "minutes", "secret"];
    for (actor, workspaces, documents) in [
        ("acme.owner", &["plans", "vault"][..], &all[..]),
        ("acme.admin", &["plans", "vault"], &all),
        ("acme.member", &["plans"], &plans), // in it
        ("acme.viewer", &["plans"], &plans),
        ("acme.guest", &["plans"], &plans),
        ("acme.teammate", &["plans"], &plans), // through a team
        ("acme.partner", &["vault"], &vault),  // by a share
        ("acme.sharee", &[], &["roadmap"]),    // of one document
        ("acme.outsider", &[], &[]),
        ("acme.multi", &[], &[]),
        ("acme.auditor", &["plans", "vault"], &[]),
    ] {
        let act = world.act(actor).await;
        sees(&act, workspaces, documents).await;
    }
}

#[tokio::test]
async fn a_share_with_a_team_reaches_whoever_is_in_it() {
    let world = World::start().await;
    share(&world, ("vault", None), Whom::Team("crew"), "read", "null").await;
    let all = ["roadmap", "minutes", "secret"];
    sees(&world.act("acme.teammate").await, &["plans", "vault"], &all).await;
    sees(&world.act("acme.outsider").await, &[], &[]).await;
}

#[tokio::test]
async fn a_shared_document_shows_neither_its_workspace_nor_what_else_is_there() {
    let world = World::start().await;
    let sharee = world.act("acme.sharee").await;
    for (table, rows) in [
        ("documents", 1),
        ("shares", 1),
        ("workspaces", 0),
        ("workspace_members", 0),
        ("members", 1),
        ("teams", 0),
        ("team_members", 0),
        ("roles", 0),
        ("role_permissions", 0),
    ] {
        assert_eq!(
            sharee.count(format!("tenant.{table}")).await,
            rows,
            "{table}"
        );
    }
    // Reading is all that this share gives; a writer writes, and shares no further.
    let (update, delete) = (
        "update tenant.documents set title = 'n'",
        "delete from tenant.documents",
    );
    assert_eq!(tried(&sharee, update).await, "nothing");
    person(&world, "writer", "guest").await;
    share(
        &world,
        ("plans", Some("roadmap")),
        Whom::User("writer"),
        "write",
        "null",
    )
    .await;
    let writer = act(&world, "writer").await;
    assert_eq!(writer.must(update).await.affected, 1);
    assert_eq!(tried(&writer, delete).await, "nothing");
    let plans = id("acme/workspace/plans");
    let create = format!(
        "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
        values ({HERE}, '{plans}', 'new', app.user_id())"
    );
    assert_eq!(
        tried(&writer, create).await,
        "42501",
        "a share of a document holds no other"
    );
}

#[tokio::test]
async fn what_is_hidden_answers_as_what_does_not_exist() {
    let world = World::start().await;
    let outsider = world.act("acme.outsider").await;
    for name in ["roadmap", "nonesuch"] {
        let one = format!("where id = '{}'", id(&format!("acme/document/{name}")));
        for statement in [
            format!("select from tenant.documents {one}"),
            format!("update tenant.documents set title = 'n' {one}"),
            format!("delete from tenant.documents {one}"),
        ] {
            assert_eq!(tried(&outsider, &statement).await, "nothing", "{statement}");
        }
    }
    for name in ["plans", "nonesuch"] {
        let create = format!(
            "insert into tenant.documents
            (tenant_id, workspace_id, title, created_by)
            values ({HERE}, '{}', 'n', app.user_id())",
            id(&format!("acme/workspace/{name}"))
        );
        assert_eq!(tried(&outsider, &create).await, "42501", "{name}");
    }
}

fn moving(document: &str, to: &str) -> String {
    format!(
        "update tenant.documents set workspace_id = '{}' where id = '{}'",
        id(&format!("acme/workspace/{to}")),
        id(&format!("acme/document/{document}")),
    )
}

const UNMOVED: &str = "42501 documents_workspace_id_move";

#[tokio::test]
async fn a_document_moves_only_between_workspaces_where_its_mover_has_rights() {
    let world = World::start().await;
    let edit = ["document.read", "document.update"];
    role(&world, "editor", &[], &edit).await;
    role(&world, "chief", &[], &[edit[0], edit[1], "document.delete"]).await;
    role(
        &world,
        "author",
        &[],
        &[edit[0], edit[1], "document.create"],
    )
    .await;
    role(&world, "sender", &[], &["document.create"]).await;
    // Where each is what, and whether they may move from plans to vault.
    for (name, plans, vault, ending) in [
        ("mover", "chief", "author", "done"),
        // Whoever loses it by the move loses it for good: moving is removing.
        ("mover2", "editor", "author", UNMOVED),
        ("member2", "member", "member", "done"),
        ("editor2", "editor", "editor", UNMOVED),
        ("stranger", "owner", "", UNMOVED),
        ("visitor", "owner", "viewer", UNMOVED),
        // It would land where they can not read it.
        ("sender", "owner", "sender", "42501"),
        ("reader", "viewer", "owner", "nothing"),
    ] {
        person(&world, name, "guest").await;
        for (workspace, role) in [("plans", plans), ("vault", vault)] {
            if !role.is_empty() {
                place(&world, workspace, Whom::User(name), role).await;
            }
        }
        let moved = tried(&act(&world, name).await, moving("roadmap", "vault")).await;
        assert_eq!(moved, ending, "{name}");
    }
    // Nor by those who hold everything to a place that is not there.
    let owner = world.act("acme.owner").await;
    assert_eq!(
        tried(&owner, moving("roadmap", "nonesuch")).await,
        "23503 documents_workspace_id_exists"
    );
}

#[tokio::test]
async fn a_shared_document_is_not_its_receivers_to_move() {
    let world = World::start().await;
    person(&world, "writer", "guest").await;
    for access in ["write", "manage"] {
        share(
            &world,
            ("plans", Some("roadmap")),
            Whom::User("writer"),
            access,
            "null",
        )
        .await;
        let writer = act(&world, "writer").await;
        for workspace in ["vault", "nonesuch"] {
            let moved = tried(&writer, moving("roadmap", workspace)).await;
            assert_eq!(moved, UNMOVED, "{access} to {workspace}");
        }
    }
    // Not even into a workspace of their own; but what is theirs in both for good is.
    place(&world, "vault", Whom::User("writer"), "owner").await;
    assert_eq!(
        tried(&act(&world, "writer").await, moving("roadmap", "vault")).await,
        UNMOVED
    );
    for (access, until, ending) in [
        ("write", "null", UNMOVED),
        ("manage", "'2099-12-31'", UNMOVED),
        ("manage", "null", "done"),
    ] {
        share(&world, ("plans", None), Whom::User("writer"), access, until).await;
        let moved = tried(&act(&world, "writer").await, moving("roadmap", "vault")).await;
        assert_eq!(moved, ending, "{access} until {until}");
    }
}

#[tokio::test]
async fn a_share_follows_the_document_that_moves() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    owner.must(moving("roadmap", "vault")).await;
    owner.commit().await.expect("the document moves");
    // The share is still of the document: no more of the new workspace than of the old one.
    sees(&world.act("acme.sharee").await, &[], &["roadmap"]).await;
    sees(&world.act("acme.member").await, &["plans"], &["minutes"]).await;
    sees(
        &world.act("acme.partner").await,
        &["vault"],
        &["roadmap", "secret"],
    )
    .await;
    let (share, vault) = (id("acme/share/sharee"), id("acme/workspace/vault"));
    let kept = format!(
        "select count(*) from tenant.shares
        where id = '{share}' and workspace_id = '{vault}'"
    );
    assert_eq!(world.number(kept).await, 1);
}

/// A null among the answers to `app.can()` would let an `if not app.can(…)` through.
#[tokio::test]
async fn the_question_what_one_may_do_is_always_answered() {
    let world = World::start().await;
    let (plans, roadmap) = (id("acme/workspace/plans"), id("acme/document/roadmap"));
    for actor in [
        "acme.sharee",
        "acme.partner",
        "acme.member",
        "acme.outsider",
        "acme.owner",
    ] {
        let act = world.act(actor).await;
        let questions = format!(
            "select count(*) from platform.permissions p, (values
                (null::uuid, null::uuid), ('{plans}', null), (null, '{roadmap}'),
                ('{plans}', '{roadmap}')) as q (workspace, document)
             where app.can(p.name, q.workspace, q.document) is null"
        );
        assert_eq!(act.must(questions).await.one(), "0", "{actor}");
    }
    let nobody = world.begin("begin").await;
    let may = nobody
        .must(format!(
            "select app.can('document.read', '{plans}', '{roadmap}')"
        ))
        .await;
    assert_eq!(may.one(), "f");
}
