//! Each permission of the catalogue, granted and refused: whoever holds it and nothing else may
//! act, whoever holds everything else may not.

use std::collections::BTreeSet;

use super::cases::cases;
use super::{HERE, Whom, act, is_refusal, person, place, role, sharing, tried};
use crate::support::{World, id};

/// acme with a member to try things, and things without any right to try them on.
async fn scene() -> World {
    let world = World::start().await;
    world.without_groups().await;
    for name in ["nothing", "spare", "tried"] {
        role(&world, name, &[], &[]).await;
    }
    for (name, role) in [
        ("newcomer", "nothing"),
        ("local", "nothing"),
        ("global", "tried"),
    ] {
        person(&world, name, role).await;
    }
    place(&world, "plans", Whom::User("newcomer"), "nothing").await;
    place(&world, "plans", Whom::User("local"), "tried").await;
    person(&world, "neighbour", "nothing").await;
    place(&world, "vault", Whom::User("neighbour"), "tried").await;
    world
        .arrange(format!(
            "insert into tenant.teams (tenant_id, id, name, created_by)
             values ('{}', '{}', 'idle', '{}')",
            id("acme"),
            id("acme/team/idle"),
            id("acme.owner"),
        ))
        .await;
    world
}

async fn catalogue(world: &World) -> BTreeSet<(String, String)> {
    let text = "select name, unnest(levels) from platform.permissions";
    let rows = world
        .admin
        .query(text, &[])
        .await
        .expect("the catalogue can be read");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Gives the role that is tried just these permissions, at one level.
async fn give(world: &World, level: &str, permissions: &[&str]) {
    match level {
        "tenant" => role(world, "tried", permissions, &[]).await,
        _ => role(world, "tried", &[], permissions).await,
    }
}

#[tokio::test]
async fn every_permission_at_every_level_is_enough_and_is_needed() {
    let world = scene().await;
    let catalogue = catalogue(&world).await;
    let cases = cases();
    let mut covered = BTreeSet::new();
    for (permission, level) in &catalogue {
        let actor = if level == "tenant" { "global" } else { "local" };
        for case in cases.iter().filter(|case| case.permission == permission) {
            covered.insert((permission.clone(), level.clone()));
            let only: Vec<_> = case.also.iter().copied().chain([case.permission]).collect();
            give(&world, level, &only).await;
            let ending = tried(&act(&world, actor).await, &case.act).await;
            assert_eq!(
                ending, "done",
                "{only:?} at level {level} is enough:\n{}",
                case.act
            );

            let others = catalogue
                .iter()
                .filter(|(other, at)| at == level && other != permission);
            let others: Vec<_> = others.map(|(other, _)| other.as_str()).collect();
            give(&world, level, &others).await;
            let ending = tried(&act(&world, actor).await, &case.act).await;
            assert!(
                is_refusal(&ending),
                "{ending} without {permission} at level {level}:\n{}",
                case.act
            );
        }
    }
    assert_eq!(
        covered, catalogue,
        "each permission and level has a case, and no case is idle"
    );
}

#[tokio::test]
async fn a_permission_held_in_one_workspace_means_nothing_in_another() {
    let world = scene().await;
    let catalogue = catalogue(&world).await;
    let all = catalogue.iter().filter(|(_, level)| level == "workspace");
    let all: Vec<_> = all.map(|(name, _)| name.as_str()).collect();
    give(&world, "workspace", &all).await;
    for case in cases().iter().filter(|case| all.contains(&case.permission)) {
        let ending = tried(&act(&world, "local").await, &case.act).await;
        assert_eq!(ending, "done", "everything in plans: {}", case.act);
        let ending = tried(&act(&world, "neighbour").await, &case.act).await;
        assert!(
            is_refusal(&ending),
            "{ending} with everything, but in vault: {}",
            case.act
        );
    }
}

/// The rows of a role at one level say nothing at the other.
#[tokio::test]
async fn a_permission_of_one_level_means_nothing_at_the_other() {
    let world = scene().await;
    let catalogue = catalogue(&world).await;
    for (level, actor) in [("tenant", "local"), ("workspace", "global")] {
        let all = catalogue.iter().filter(|(_, at)| at == level);
        let all: Vec<_> = all.map(|(name, _)| name.as_str()).collect();
        give(&world, level, &all).await;
        for case in cases() {
            let ending = tried(&act(&world, actor).await, &case.act).await;
            assert!(
                is_refusal(&ending),
                "{ending} by level {level} alone: {}",
                case.act
            );
        }
    }
}

/// The audit trail relies on it, and a key made for another would be that other's rights.
#[tokio::test]
async fn nobody_acts_in_the_name_of_another() {
    let world = World::start().await;
    let outsider = Whom::User("outsider");
    let statements = [
        format!(
            "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
             values ({HERE}, '{}', 'new', app.user_id())",
            id("acme/workspace/plans")
        ),
        format!(
            "insert into tenant.teams (tenant_id, name, created_by)
             values ({HERE}, 'new', app.user_id())"
        ),
        sharing(("plans", None), outsider, "read", "null"),
        format!(
            "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
             values ('api_key', sha256('new'), app.user_id(), {HERE}, 'new', now() + '1 day')"
        ),
    ];
    let owner = world.act("acme.owner").await;
    let mut endings = Vec::new();
    for statement in &statements {
        let forged = statement.replace("app.user_id()", &format!("'{}'", id("acme.admin")));
        endings.push([tried(&owner, statement).await, tried(&owner, forged).await]);
    }
    assert_eq!(endings, [["done", "42501"]; 4]);
    let plans = format!("where id = '{}'", id("acme/document/roadmap"));
    for column in ["created_by", "id", "tenant_id"] {
        let forge = format!("update tenant.documents set {column} = {column} {plans}");
        assert_eq!(
            tried(&owner, forge).await,
            "42501",
            "{column} never changes hands"
        );
    }
}
