//! Groups: teams that a directory keeps, a row for each who is in one, so that nothing is lost.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{GROUPS, Scene, USERS, directory, fault};
use crate::support::{Answered, id};

#[tokio::test]
async fn fifty_changes_of_one_group_at_once_are_fifty_changes() {
    let scene = Scene::start().await;
    let mut people = Vec::new();
    for at in 0..50 {
        people.push(scene.user(&format!("person-{at}")).await);
    }
    let group = scene.group("Builders", &[]).await;
    let path = format!("{GROUPS}/{group}");
    let add = |id: &String| {
        scene.patch(
            &path,
            json!({ "op": "Add", "path": "members", "value": [{ "value": id }] }),
        )
    };
    // Each twice: a retry changes nothing.
    let answers = join_all(people.iter().chain(&people).map(add)).await;
    assert!(answers.iter().all(|it| it.status == 204), "{answers:?}");
    people.sort();
    assert_eq!(scene.members(&group).await, people);
    let (stay, go) = people.split_at(20);
    let remove = |id: &String| {
        let member = format!("members[value eq \"{id}\"]");
        scene.patch(&path, json!({ "op": "remove", "path": member }))
    };
    let answers = join_all(go.iter().chain(go).map(remove)).await;
    assert!(answers.iter().all(|it| it.status == 204), "{answers:?}");
    assert_eq!(scene.members(&group).await, stay);
}

#[tokio::test]
async fn a_group_is_a_team_and_stays_in_step_with_it() {
    let scene = Scene::start().await;
    let (ada, eve) = (scene.user("ada").await, scene.user("eve").await);
    let group = scene.group("Builders", &[&ada, &eve]).await;
    let row = scene
        .world()
        .admin
        .query_one(
            "select team_id, user_id from tenant.scim_group_members
         where group_id::text = $1 and scim_user_id::text = $2",
            &[&group, &eve],
        )
        .await;
    let row = row.expect("she is in it");
    let (team, user): (uuid::Uuid, uuid::Uuid) = (row.get(0), row.get(1));
    let path = format!("/v1/team-members?team_id={team}");
    let listed = scene.server.get("acme.owner", &path).await.must(200);
    assert_eq!(
        listed.json()["items"].as_array().map(Vec::len),
        Some(2),
        "{}",
        listed.body
    );
    // Whom the tenant takes out is out of both.
    let path = format!("/v1/members/{user}");
    let out = scene.server.by("acme.owner", "DELETE", &path).answer();
    out.await.must(204);
    assert_eq!(scene.members(&group).await, [&*ada]);
    // A name is the team's, and no other team's.
    let rename = json!({ "op": "replace", "path": "displayName", "value": "Makers" });
    scene
        .patch(&format!("{GROUPS}/{group}"), rename)
        .await
        .must(204);
    let shown = scene
        .server
        .get("acme.owner", &format!("/v1/teams/{team}"))
        .await
        .must(200);
    assert_eq!(shown.text("name"), "Makers");
    // The group goes, and the team with it.
    scene.delete(&format!("{GROUPS}/{group}")).await.must(204);
    scene
        .server
        .get("acme.owner", &format!("/v1/teams/{team}"))
        .await
        .must(404);
    scene.get(&format!("{USERS}/{ada}")).await.must(200);
}

/// Or whoever leaves a team, or takes somebody out, would change what their groups give them.
#[tokio::test]
async fn only_the_directory_says_who_is_in_its_teams() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let member = scene.user("acme.member@example.test").await;
    let group = scene.group("Builders", &[&member]).await;
    let place = "select t.team_id, t.id from tenant.scim_groups g
        join tenant.team_members t on t.tenant_id = g.tenant_id and t.team_id = g.team_id
        where g.id::text = $1";
    let row = scene.world().admin.query_one(place, &[&group]).await;
    let row = row.expect("they are in it");
    let (team, place): (uuid::Uuid, uuid::Uuid) = (row.get(0), row.get(1));
    let place = format!("/v1/team-members/{place}");
    for actor in ["acme.owner", "acme.member"] {
        let refused = server.by(actor, "DELETE", &place).answer().await;
        assert_eq!(refused.refusal(), "409 team_members_provisioned", "{actor}");
    }
    for (actor, told) in [
        ("acme.owner", "409 team_members_provisioned"),
        // Whoever may not let anybody into a team is not told whose it is.
        ("acme.viewer", "403 permission_denied"),
    ] {
        let new = json!({ "team_id": team, "user_id": id("acme.viewer") });
        let refused = server.post(actor, "/v1/team-members", &new).await;
        assert_eq!(refused.refusal(), told, "{actor}");
    }
    assert_eq!(scene.members(&group).await, [&*member]);
    // Of a directory that is gone the teams are anybody's.
    let path = format!("/v1/scim-directories/{}", scene.directory);
    server
        .by("acme.owner", "DELETE", &path)
        .answer()
        .await
        .must(204);
    server
        .by("acme.member", "DELETE", &place)
        .answer()
        .await
        .must(204);
}

/// A team may have been given what whoever made the directory could never give.
#[tokio::test]
async fn no_group_becomes_a_team_that_is_there_already() {
    let scene = Scene::start().await;
    let taken = scene
        .send("POST", GROUPS, &json!({ "displayName": "scouts" }))
        .await;
    assert_eq!(fault(&taken), "409 uniqueness");
    let group = scene.group("Builders", &[]).await;
    let rename = json!({ "op": "replace", "value": { "displayName": "crew" } });
    let renamed = scene.patch(&format!("{GROUPS}/{group}"), rename).await;
    assert_eq!(fault(&renamed), "409 uniqueness");
}

/// azure-docs #30826: a naive `remove` empties the whole group.
#[tokio::test]
async fn a_removal_takes_out_whom_it_names_and_nobody_else() {
    let scene = Scene::start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        ids.push(scene.user(name).await);
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let group = scene.group("Builders", &all).await;
    let path = format!("{GROUPS}/{group}");
    for (operation, gone) in [
        (
            json!({ "op": "Remove", "path": "members", "value": [{ "value": ids[0] }] }),
            0,
        ),
        (
            json!({ "op": "remove", "path": "members", "value": { "value": ids[1] } }),
            1,
        ),
        (
            json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[2]) }),
            2,
        ),
    ] {
        scene.patch(&path, operation.clone()).await.must(204);
        let mut left = ids[gone + 1..].to_vec();
        left.sort();
        assert_eq!(scene.members(&group).await, left, "{operation}");
    }
    for nobody in [
        json!([{ "value": "nobody" }]),
        json!([{ "value": uuid::Uuid::nil() }]),
        json!([]),
    ] {
        let operation = json!({ "op": "remove", "path": "members", "value": nobody });
        scene.patch(&path, operation).await.must(204);
        assert_eq!(scene.members(&group).await.len(), 2);
    }
    // A whole group without a word of its members keeps them.
    scene
        .send("PUT", &path, &json!({ "displayName": "Builders" }))
        .await
        .must(200);
    assert_eq!(scene.members(&group).await.len(), 2);
    // All of them go only where that is said.
    scene
        .patch(&path, json!({ "op": "remove", "path": "members" }))
        .await
        .must(204);
    assert_eq!(scene.members(&group).await, [""; 0]);
}

#[tokio::test]
async fn changes_are_made_one_after_the_other() {
    let scene = Scene::start().await;
    let (a, b, c) = (
        scene.user("a").await,
        scene.user("b").await,
        scene.user("c").await,
    );
    let group = scene.group("Builders", &[&a]).await;
    let path = format!("{GROUPS}/{group}");
    let of = |id: &str| json!([{ "value": id }]);
    let operations = json!({ "Operations": [
        { "op": "add", "path": "members", "value": of(&b) },
        { "op": "remove", "path": "members", "value": of(&b) },
        { "op": "remove", "path": "members", "value": of(&a) },
        { "op": "add", "path": "members", "value": of(&a) },
        { "op": "add", "value": { "members": of(&c), "externalId": 7 } },
    ]});
    scene.send("PATCH", &path, &operations).await.must(204);
    let mut left = vec![a.clone(), c.clone()];
    left.sort();
    assert_eq!(scene.members(&group).await, left);
    assert_eq!(scene.get(&path).await.json()["externalId"], "7");
    let operations = json!({ "Operations": [
        { "op": "replace", "path": "members", "value": of(&b) },
        { "op": "add", "path": "members", "value": of(&c) },
    ]});
    let shown = scene
        .send("PATCH", &format!("{path}?attributes=members"), &operations)
        .await
        .must(200);
    assert_eq!(shown.json()["members"].as_array().map(Vec::len), Some(2));
    assert!(shown.json().get("displayName").is_none());
}

#[tokio::test]
async fn nobody_of_another_directory_gets_into_a_group() {
    let scene = Scene::start().await;
    let group = scene.group("Builders", &[]).await;
    let (_, token) = directory(&scene.server, "acme.owner", "other").await;
    let stranger = super::by(&scene.server, &token, "POST", USERS);
    let stranger = super::said(stranger, &json!({ "userName": "ada" }))
        .send()
        .await;
    let stranger: Value = stranger.expect("an answer").json().await.expect("JSON");
    for id in [&stranger["id"], &json!(uuid::Uuid::nil()), &json!("nobody")] {
        let add = json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
        let refused = scene.patch(&format!("{GROUPS}/{group}"), add).await;
        assert_eq!(fault(&refused), "400 invalidValue");
    }
    assert_eq!(scene.members(&group).await, [""; 0]);
}
