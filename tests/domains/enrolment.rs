//! Enrolment: a login with an address of a verified domain makes of a person what an admin said.

use uuid::Uuid;

use super::{enrol, stranger};
use crate::support::{World, id};

/// acme's domain, verified in `domains.sql`.
async fn mode(world: &World, mode: &str) {
    let domain = id("acme/domain/mail");
    let set = format!("update tenant.domains set mode = '{mode}' where id = '{domain}'");
    world.arrange(set).await;
}

/// What acme has of a person: their state as a member, or that of their request.
async fn place(world: &World, user: Uuid) -> Option<String> {
    let state = "select state from tenant.members where tenant_id = $1 and user_id = $2
        union all select state from tenant.join_requests where tenant_id = $1 and user_id = $2";
    let row = world.admin.query_opt(state, &[&id("acme"), &user]).await;
    row.expect("one at most").map(|row| row.get(0))
}

#[tokio::test]
async fn each_mode_makes_of_each_person_what_it_says() {
    for (set, person, said, left) in [
        ("off", "new", None, None),
        ("invite", "new", None, None),
        ("request", "new", Some("requested"), Some("pending")),
        ("auto", "new", Some("joined"), Some("active")),
        ("auto", "acme.guest", None, Some("active")),
        ("request", "acme.guest", None, Some("active")),
        // Deactivated, or deactivated everywhere, or once a member: a person lets them back in.
        ("auto", "acme.benched", None, Some("deactivated")),
        ("request", "acme.benched", None, Some("deactivated")),
        ("auto", "acme.gone", None, Some("active")),
        ("auto", "acme.leaver", None, None),
        ("request", "acme.leaver", None, None),
    ] {
        let world = World::start().await;
        mode(&world, set).await;
        let user = match person {
            "new" => stranger(&world, "new").await,
            known => id(known),
        };
        let found = enrol(&world, user, "Somebody@Mail.ACME.example").await;
        assert_eq!(found.as_deref(), said, "{set} {person}");
        assert_eq!(place(&world, user).await.as_deref(), left, "{set} {person}");
        let again = enrol(&world, user, "somebody@mail.acme.example").await;
        assert_eq!(again, None, "{set} {person}");
    }
}

#[tokio::test]
async fn who_joins_has_the_role_of_the_domain_and_leaves_an_event() {
    let world = World::start().await;
    mode(&world, "auto").await;
    let user = stranger(&world, "new").await;
    enrol(&world, user, "new@mail.acme.example").await;
    let joined = format!(
        "select count(*) from tenant.members m where m.user_id = '{user}'
            and m.role_id = '{}' and m.email = 'new@mail.acme.example'
            and exists (select from audit.events e where e.tenant_id = m.tenant_id
                and e.action = 'member.create' and e.subject = m.pseudonym)",
        id("acme/role/member")
    );
    assert_eq!(world.number(joined).await, 1);
}

/// Below it, above it, beside it, of nobody: another name is another domain.
#[tokio::test]
async fn only_the_exact_domain_of_an_address_counts() {
    let world = World::start().await;
    mode(&world, "auto").await;
    let user = stranger(&world, "new").await;
    for email in [
        "new@deep.mail.acme.example",
        "new@acme.example",
        "new@spare.acme.example",
        "new@mail.acme.example@evil.example",
        "new@mail.acme.example.",
        "mail.acme.example",
        "",
    ] {
        assert_eq!(enrol(&world, user, email).await, None, "{email}");
    }
    let joined = enrol(&world, user, "\"a@b\"@mail.acme.example").await;
    assert_eq!(joined, None, "no address that the platform knows");
    let joined = enrol(&world, user, "new@mail.acme.example").await;
    assert_eq!(joined.as_deref(), Some("joined"));
}

#[tokio::test]
async fn nobody_joins_a_suspended_tenant_or_by_a_domain_that_lapsed() {
    let world = World::start().await;
    mode(&world, "auto").await;
    let user = stranger(&world, "new").await;
    for (undo, redo) in [
        (
            "update platform.tenants set state = 'suspended' where slug = 'acme'",
            "update platform.tenants set state = 'active' where slug = 'acme'",
        ),
        (
            "delete from platform.domains where name = 'mail.acme.example'",
            "insert into platform.domains (name, tenant_id, domain_id)
             select name, tenant_id, id from tenant.domains where name = 'mail.acme.example'",
        ),
    ] {
        world.arrange(undo).await;
        let found = enrol(&world, user, "new@mail.acme.example").await;
        assert_eq!(found, None, "{undo}");
        world.arrange(redo).await;
    }
    let found = enrol(&world, user, "new@mail.acme.example").await;
    assert_eq!(found.as_deref(), Some("joined"));
}

#[tokio::test]
async fn twenty_logins_at_once_make_one_member_or_one_request() {
    for (set, said) in [("auto", "joined"), ("request", "requested")] {
        let world = World::start().await;
        mode(&world, set).await;
        let user = stranger(&world, "new").await;
        let logins = (0..20).map(|_| enrol(&world, user, "new@mail.acme.example"));
        let found = futures_util::future::join_all(logins).await;
        let did: Vec<String> = found.into_iter().flatten().collect();
        assert_eq!(did, [said]);
        assert!(place(&world, user).await.is_some());
    }
}

#[tokio::test]
async fn who_was_taken_out_comes_back_by_an_admin_and_not_by_their_domain() {
    let world = World::start().await;
    mode(&world, "auto").await;
    let (user, email) = (id("acme.viewer"), "v@mail.acme.example");
    let act = world.act("acme.admin").await;
    act.must(format!(
        "delete from tenant.members where user_id = '{user}'"
    ))
    .await;
    act.commit().await.expect("an admin may");
    assert_eq!(enrol(&world, user, email).await, None);
    let act = world.act("acme.admin").await;
    act.must(format!(
        "select app.add_member('acme.viewer@example.test', 'V', '{}')",
        id("acme/role/viewer")
    ))
    .await;
    act.commit().await.expect("an admin may");
    let forgotten = format!("select count(*) from tenant.former_members where user_id = '{user}'");
    assert_eq!(world.number(forgotten).await, 0);
}
