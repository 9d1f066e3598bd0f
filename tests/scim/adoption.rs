//! Adoption: whom a directory may take for whom. A2, A13: an address finds a user only if its
//! domain is this tenant's own, and nobody's account is taken over or renamed by it.

use serde_json::json;
use uuid::Uuid;

use super::{Scene, USERS, own_domain};
use crate::support::{World, id};

/// A user of the platform with an address, in no tenant; `known_by` is a tenant whose connection
/// they have signed in by, or `platform`.
async fn person(world: &World, email: &str, known_by: Option<&str>) -> Uuid {
    let user = id(email);
    let identity = match known_by {
        None => String::new(),
        Some("platform") => format!(
            "insert into platform.identities (connection_id, issuer, subject, user_id)
            values ('{}', 'https://home.test', '{email}', '{user}');",
            Uuid::nil()
        ),
        Some(tenant) => format!(
            "insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id)
            values ('{}', '{}', 'https://idp.test', '{email}', '{user}');",
            id(tenant),
            id(&format!("{tenant}/connection/own"))
        ),
    };
    world
        .arrange(format!(
        "insert into platform.users (id, email, display_name) values ('{user}', '{email}', 'Was');
        {identity}"))
        .await;
    user
}

async fn provisioned(scene: &Scene, email: &str) -> (String, Uuid, Option<String>) {
    let user = scene.user(email).await;
    let member = scene.member(&user).await.expect("a member");
    (user, member.user, member.address)
}

#[tokio::test]
async fn an_address_finds_somebody_only_if_it_is_this_tenants_and_they_are_no_other_tenants() {
    let scene = Scene::start().await;
    let world = scene.world();
    own_domain(world, "acme", "acme.example").await;
    own_domain(world, "globex", "globex.example").await;
    for (name, domain, known_by, found) in [
        ("a", "acme.example", None, true),
        ("b", "acme.example", Some("platform"), true),
        ("c", "acme.example", Some("acme"), true),
        ("d", "acme.example", Some("globex"), false),
        ("e", "globex.example", None, false),
        ("f", "globex.example", Some("platform"), false),
        ("g", "nobody.example", None, false),
        ("h", "sub.acme.example", None, false),
        ("i", "acme.example.evil.example", None, false),
    ] {
        let email = format!("{name}@{domain}");
        let user = person(world, &email, known_by).await;
        let (_, got, address) = provisioned(&scene, &email.to_uppercase()).await;
        assert_eq!(got == user, found, "{email} {known_by:?}");
        assert_eq!(address.is_some(), found, "{email} {known_by:?}");
        let kept = "select email from platform.users where id = $1";
        let row = world.admin.query_one(kept, &[&user]).await.expect("kept");
        assert_eq!(
            row.get::<_, &str>(0),
            email,
            "somebody's address was changed"
        );
    }
    // Whom nobody knows yet has the address, if it is this tenant's own.
    let (.., address) = provisioned(&scene, "new@acme.example").await;
    assert_eq!(address.as_deref(), Some("new@acme.example"));
    let (.., address) = provisioned(&scene, "new@globex.example").await;
    assert_eq!(address, None);
}

/// ciso-assistant PR 4658: adopt, rename, reset the password.
#[tokio::test]
async fn no_directory_renames_whom_it_has_adopted() {
    let scene = Scene::start().await;
    own_domain(scene.world(), "acme", "acme.example").await;
    let user = person(scene.world(), "ada@acme.example", Some("platform")).await;
    let (ada, got, _) = provisioned(&scene, "ada@acme.example").await;
    assert_eq!(got, user);
    let body = json!({
        "userName": "mallory@evil.example", "displayName": "Mallory",
        "emails": [{ "value": "mallory@evil.example", "type": "work" }],
    });
    scene
        .send("PUT", &format!("{USERS}/{ada}"), &body)
        .await
        .must(200);
    let member = scene.member(&ada).await.expect("a member");
    assert_eq!(
        (member.user, member.address.as_deref()),
        (user, Some("ada@acme.example"))
    );
    assert_eq!(
        member.email.as_deref(),
        Some("mallory@evil.example"),
        "what acme calls them"
    );
    let named =
        format!("select count(*) from platform.users where id = '{user}' and display_name = 'Was'");
    assert_eq!(scene.world().number(&named).await, 1);
    // Nor a member who was there before.
    let owner = scene.user("acme.admin@example.test").await;
    scene
        .send("PUT", &format!("{USERS}/{owner}"), &body)
        .await
        .must(409);
    let body = json!({ "userName": "x", "emails": [{ "value": "x@evil.example" }] });
    scene
        .send("PUT", &format!("{USERS}/{owner}"), &body)
        .await
        .must(200);
    let member = scene.member(&owner).await.expect("a member");
    assert_eq!(member.email.as_deref(), Some("acme.admin@example.test"));
    assert_eq!(member.address.as_deref(), Some("acme.admin@example.test"));
}

#[tokio::test]
async fn a_user_of_another_tenant_is_somebody_else_here() {
    let scene = Scene::start().await;
    let (_, user, address) = provisioned(&scene, "globex.owner@example.test").await;
    assert_ne!(user, id("globex.owner"));
    assert_eq!(address, None);
}

const FOR: &str = "select app.scim_user_for($1, $2, $3, $4)";

/// What a sign-in by a connection of acme's would find.
pub(super) async fn found(
    world: &World,
    tenant: &str,
    email: &str,
    external: Option<&str>,
) -> Option<Uuid> {
    let admin = world.database.admin().await;
    admin
        .batch_execute("set role bulkhead_definer")
        .await
        .expect("a superuser may");
    let (tenant, connection) = (id(tenant), id("acme/connection"));
    let row = admin
        .query_one(FOR, &[&tenant, &connection, &email, &external])
        .await;
    row.unwrap_or_else(|error| panic!("{error:?}")).get(0)
}

/// A scene whose directory is tied to a connection of acme's.
pub(super) async fn tied() -> Scene {
    let scene = Scene::start().await;
    scene
        .world()
        .arrange(format!(
            "insert into tenant.connections
                (tenant_id, id, name, issuer, client_id, role_id, created_by)
            values ('{}', '{}', 'tied', 'https://tied.test', 'c', '{}', '{}')",
            id("acme"),
            id("acme/connection"),
            id("acme/role/member"),
            id("acme.owner")
        ))
        .await;
    let path = format!("/v1/scim-directories/{}", scene.directory);
    let tie = json!({ "connection_id": id("acme/connection") });
    let changed = scene.server.patch("acme.owner", &path, "*", &tie).await;
    changed.must(200);
    scene
}

/// Provisions somebody whom the directory calls so; their id, and the canonical user's.
pub(super) async fn named(scene: &Scene, name: &str, external: &str) -> (String, Uuid) {
    let body = json!({ "userName": name, "externalId": external });
    let user = scene.send("POST", USERS, &body).await.must(201).text("id");
    let member = scene.member(&user).await.expect("a member").user;
    (user, member)
}

#[tokio::test]
async fn a_sign_in_finds_whom_the_directory_of_its_connection_provisioned() {
    let scene = tied().await;
    let world = scene.world();
    let (_, ada) = named(&scene, "Ada@acme.example", "oid-1").await;
    let (user, eve) = named(&scene, "eve@acme.example", "oid-2").await;
    for (tenant, email, external, who) in [
        ("acme", "ADA@acme.example", None, Some(ada)),
        ("acme", "other@acme.example", Some("oid-1"), Some(ada)),
        // What the directory calls somebody is worth more than an address.
        ("acme", "ada@acme.example", Some("oid-2"), Some(eve)),
        ("acme", "other@acme.example", Some("oid-3"), None),
        ("acme", "other@acme.example", Some("OID-1"), None),
        ("globex", "ada@acme.example", Some("oid-1"), None),
    ] {
        let got = found(world, tenant, email, external).await;
        assert_eq!(got, who, "{tenant} {email} {external:?}");
    }
    // Nobody who is out.
    let out = json!({ "op": "replace", "value": { "active": false } });
    scene.patch(&format!("{USERS}/{user}"), out).await.must(200);
    let got = found(world, "acme", "eve@acme.example", Some("oid-2")).await;
    assert_eq!(got, None);
    // Nor by a directory that is tied to no connection, or disabled.
    for change in [
        json!({ "state": "disabled" }),
        json!({ "state": "active", "connection_id": null }),
    ] {
        let path = format!("/v1/scim-directories/{}", scene.directory);
        scene
            .server
            .patch("acme.owner", &path, "*", &change)
            .await
            .must(200);
        assert_eq!(
            found(world, "acme", "ada@acme.example", None).await,
            None,
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_sign_in_finds_only_whom_the_tenant_may_vouch_for() {
    let scene = tied().await;
    let world = scene.world();
    // A member who was there before has an address of nobody's domain: no provider's word is
    // theirs.
    let email = "acme.admin@example.test";
    scene.user(email).await;
    assert_eq!(found(world, "acme", email, None).await, None);
    own_domain(world, "acme", "example.test").await;
    assert_eq!(
        found(world, "acme", email, None).await,
        Some(id("acme.admin"))
    );
    // Whom another tenant knows by a login is not this one's to vouch for.
    let (_, ada) = named(&scene, "ada@acme.example", "oid-1").await;
    for user in [ada, id("acme.admin")] {
        world
            .arrange(format!(
                "insert into platform.identities
                    (tenant_id, connection_id, issuer, subject, user_id)
                values ('{}', '{}', 'https://idp.test', '{user}', '{user}')",
                id("globex"),
                id("globex/connection/own")
            ))
            .await;
    }
    assert_eq!(
        found(world, "acme", "ada@acme.example", Some("oid-1")).await,
        None
    );
    assert_eq!(found(world, "acme", email, None).await, None);
}
