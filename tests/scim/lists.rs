//! Lists: what is asked for is bound and never run, and shows a directory its own and nothing else.

use serde_json::json;

use super::{GROUPS, Scene, USERS, directory, fault};
use crate::support::{Answered, id};

async fn listed(scene: &Scene, path: &str, query: &[(&str, &str)]) -> crate::support::Reply {
    let mut asked = form_urlencoded::Serializer::new(String::new());
    let asked = asked.extend_pairs(query).finish();
    scene.get(&format!("{path}?{asked}")).await
}

/// The names of those whom a filter finds.
async fn names(scene: &Scene, filter: &str) -> Vec<String> {
    let page = listed(scene, USERS, &[("filter", filter)]).await;
    assert_eq!(page.status, 200, "{filter}: {}", page.body);
    let json = page.json();
    let found = json["Resources"].as_array().expect("a list");
    assert_eq!(json["totalResults"], found.len());
    found
        .iter()
        .map(|one| one["userName"].as_str().expect("a name").to_owned())
        .collect()
}

async fn people(scene: &Scene) {
    for (name, external, active) in [
        ("Ada", "X-1", true),
        ("eve", "x-1", false),
        ("o'hara\\", "3", true),
    ] {
        let body = json!({
            "userName": name, "externalId": external, "active": active,
            "displayName": format!("Dr {name}"),
            "emails": [{ "value": format!("{}@work.example", &name[..3]), "type": "work" },
                { "value": "home@home.example", "type": "home" }],
        });
        scene.send("POST", USERS, &body).await.must(201);
    }
}

#[tokio::test]
async fn a_filter_finds_whom_it_describes() {
    let scene = Scene::start().await;
    people(&scene).await;
    for (filter, found) in [
        ("userName eq \"ADA\"", &["Ada"][..]),
        ("USERNAME Eq \"ada\"", &["Ada"]),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ada\"",
            &["Ada"],
        ),
        ("externalId eq \"x-1\"", &["eve"]),
        ("displayName eq \"dr eve\"", &["eve"]),
        ("active eq true", &["Ada", "o'hara\\"]),
        ("active eq \"False\"", &["eve"]),
        (
            "emails[type eq \"work\"].value eq \"ADA@WORK.example\"",
            &["Ada"],
        ),
        (
            "emails[type eq \"work\" and value eq \"o'h@work.example\"]",
            &["o'hara\\"],
        ),
        (
            "emails[type eq \"work\"].value eq \"home@home.example\"",
            &[],
        ),
        (
            "emails.value eq \"home@home.example\" and active eq false",
            &["eve"],
        ),
        ("userName eq \"ada\" and externalId eq \"3\"", &[]),
        ("userName eq \"o'hara\\\\\"", &["o'hara\\"]),
        ("userName eq \"' or true --\"", &[]),
        ("userName eq \"%\"", &[]),
        ("id eq \"nobody\"", &[]),
    ] {
        assert_eq!(names(&scene, filter).await, found, "{filter}");
    }
    for filter in [
        "",
        "userName",
        "userName eq",
        "userName co \"a\"",
        "title eq \"x\"",
        "userName eq 1",
        "userName eq \"a\" or userName eq \"b\"",
        "not (active eq true)",
        "meta.created gt \"x\"",
        "userName eq \"a\" and userName eq \"b\"",
        "password eq \"x\"",
        "userName pr",
        "emails[type eq \"home\"].value eq \"x\"",
        "'; drop table tenant.scim_users; --",
    ] {
        let refused = listed(&scene, USERS, &[("filter", filter)]).await;
        assert_eq!(fault(&refused), "400 invalidFilter", "{filter}");
    }
}

#[tokio::test]
async fn a_list_comes_in_pages_of_a_bounded_size() {
    let scene = Scene::start().await;
    people(&scene).await;
    for (query, total, shown) in [
        (&[("count", "2")][..], 3, 2),
        (&[("startIndex", "3"), ("count", "2")], 3, 1),
        (&[("startIndex", "0"), ("count", "100000")], 3, 3),
        (&[("startIndex", "99")], 3, 0),
        (&[("count", "0")], 3, 0),
        (&[("count", "-1")], 3, 0),
    ] {
        let page = listed(&scene, USERS, query).await.must(200).json();
        assert_eq!(page["totalResults"], total, "{query:?}");
        assert_eq!(page["itemsPerPage"], shown, "{query:?}");
        assert_eq!(
            page["Resources"].as_array().map(Vec::len),
            Some(shown),
            "{query:?}"
        );
    }
    let refused = listed(&scene, USERS, &[("count", "many")]).await;
    assert_eq!(fault(&refused), "400 invalidValue");
}

#[tokio::test]
async fn only_the_attributes_that_are_wanted_are_answered() {
    let scene = Scene::start().await;
    people(&scene).await;
    let first = |query: Vec<(&'static str, &'static str)>| {
        let scene = &scene;
        async move {
            let page = listed(scene, USERS, &query).await.must(200).json();
            let mut one = page["Resources"][0].clone();
            for name in ["id", "schemas"] {
                assert!(
                    one.as_object_mut().expect("one").remove(name).is_some(),
                    "{name}"
                );
            }
            one
        }
    };
    let one = first(vec![("attributes", "USERNAME,emails.value,title")]).await;
    assert_eq!(
        one,
        json!({ "userName": "Ada",
        "emails": [{ "value": "Ada@work.example" }, { "value": "home@home.example" }] })
    );
    let one = first(vec![("excludedAttributes", "emails,meta,active,id")]).await;
    assert_eq!(
        one,
        json!({ "userName": "Ada", "externalId": "X-1", "displayName": "Dr Ada" })
    );
    let both = [("attributes", "title"), ("excludedAttributes", "title")];
    assert_eq!(
        fault(&listed(&scene, USERS, &both).await),
        "400 invalidValue"
    );
    let group = scene.group("Builders", &[&scene.user("x").await]).await;
    let path = format!("{GROUPS}/{group}?excludedAttributes=members");
    assert!(
        scene
            .get(&path)
            .await
            .must(200)
            .json()
            .get("members")
            .is_none()
    );
}

#[tokio::test]
async fn groups_are_found_by_name_and_by_who_is_in_them() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let group = scene.group("Builders", &[&ada]).await;
    scene.group("Others", &[]).await;
    for (filter, found) in [
        ("displayName eq \"BUILDERS\"".to_owned(), 1),
        (format!("id eq \"{group}\" and members eq \"{ada}\""), 1),
        (format!("members[value eq \"{ada}\"]"), 1),
        (format!("members.value eq \"{group}\""), 0),
        ("displayName eq \"crew\"".to_owned(), 0),
    ] {
        let page = listed(&scene, GROUPS, &[("filter", &filter)])
            .await
            .must(200)
            .json();
        assert_eq!(page["totalResults"], found, "{filter}");
    }
    // A page with members is a short one.
    for at in 0..20 {
        scene.group(&format!("Group {at}"), &[]).await;
    }
    for (query, shown) in [("excludedAttributes", 22), ("attributes", 20)] {
        let page = listed(&scene, GROUPS, &[(query, "members"), ("count", "200")]).await;
        let page = page.must(200).json();
        assert_eq!(
            (&page["totalResults"], &page["itemsPerPage"]),
            (&22.into(), &shown.into())
        );
    }
    let refused = listed(&scene, GROUPS, &[("filter", "displayName sw \"B\"")]).await;
    assert_eq!(fault(&refused), "400 invalidFilter");
}

/// llmgateway PR 2933: routes by id that forgot whose token it was.
#[tokio::test]
async fn whatever_is_another_tenants_or_another_directorys_is_not_there() {
    let scene = Scene::start().await;
    let (user, group) = (scene.user("ada").await, scene.group("Builders", &[]).await);
    let (_, globex) = directory(&scene.server, "globex.owner", "okta").await;
    let (_, other) = directory(&scene.server, "acme.owner", "entra").await;
    let ada = scene.get(&format!("{USERS}/{user}")).await.json();
    let ada = ada["userName"].as_str().expect("a name").to_owned();
    let named = format!("{USERS}?filter=userName%20eq%20%22{ada}%22");
    let body = json!({ "userName": "eve", "displayName": "Eve",
        "Operations": [{ "op": "replace", "path": "displayName", "value": "Eve" }] });
    for token in [&globex, &other] {
        for path in [format!("{USERS}/{user}"), format!("{GROUPS}/{group}")] {
            for method in ["GET", "PUT", "PATCH", "DELETE"] {
                let request = super::by(&scene.server, token, method, &path);
                let reply = super::said(request, &body).answer().await;
                assert_eq!(fault(&reply), "404", "{method} {path}");
            }
        }
        for path in [USERS, GROUPS, &named] {
            let page = super::by(&scene.server, token, "GET", path)
                .answer()
                .await
                .must(200);
            assert_eq!(page.json()["totalResults"], 0, "{}", page.body);
        }
    }
    // Rows of the world belong to a directory of acme's, too.
    for path in [
        format!("{USERS}/{}", id("acme/scim_user/teammate")),
        format!("{USERS}/{}", id("globex/scim_user/teammate")),
        format!("{USERS}/not-an-id"),
    ] {
        assert_eq!(fault(&scene.get(&path).await), "404", "{path}");
    }
    scene.get(&format!("{USERS}/{user}")).await.must(200);
    let found = scene.get(&named).await.must(200).json();
    assert_eq!(found["totalResults"], 1);
}
