//! Whom a connection admits, and as whom.

use super::provided::{Provided, provided};
use crate::support::{World, id};

/// People without an address of the company's: they belong to it, and to nobody's account.
#[tokio::test]
async fn who_has_no_address_of_the_tenants_is_somebody_new_without_one() {
    let world = World::start().await;
    let long = format!("{}@home.test", "x".repeat(400));
    for (subject, email) in [
        ("contractor", Some("c@agency.test")),
        ("none", None),
        ("long", Some(&*long)),
        ("words", Some("no address")),
        ("folded", Some("n\u{f6}ra@mail.acme.example")),
    ] {
        let said = Provided {
            email,
            ..Provided::by("acme", subject)
        };
        let came = provided(&world, &said).await.expect(subject);
        let none = format!(
            "select count(*) from platform.users u
            join tenant.members m on m.user_id = u.id and m.tenant_id = '{}' and m.email is null
            where u.id = '{}' and u.email is null",
            id("acme"),
            came.user
        );
        assert_eq!(world.number(none).await, 1, "{subject}");
        assert_eq!(
            provided(&world, &said).await.expect("again").user,
            came.user
        );
    }
}

#[tokio::test]
async fn who_was_shut_out_or_taken_out_does_not_come_back_by_the_provider() {
    let world = World::start().await;
    let said = Provided::by("acme", "nora").email("nora@mail.acme.example");
    let nora = provided(&world, &said).await.expect("she is new");
    let member = format!("tenant_id = '{}' and user_id = '{}'", id("acme"), nora.user);
    let state = |state: &str| format!("update tenant.members set state = '{state}' where {member}");
    world.arrange(state("deactivated")).await;
    let refused = provided(&world, &said).await.err();
    assert_eq!(refused.as_deref(), Some("member_deactivated"));
    world.arrange(state("active")).await;
    provided(&world, &said).await.expect("she is back");
    world
        .arrange(format!("delete from tenant.members where {member}"))
        .await;
    let refused = provided(&world, &said).await.err();
    assert_eq!(refused.as_deref(), Some("member_removed"));
    // Nor as somebody else with her address.
    let other = Provided::by("acme", "other").email("nora@mail.acme.example");
    let refused = provided(&world, &other).await.err();
    assert_eq!(refused.as_deref(), Some("identity_link_refused"));
    let out = format!(
        "update platform.users set state = 'deactivated' where id = '{}'",
        nora.user
    );
    world.arrange(out).await;
    let refused = provided(&world, &said).await.err();
    assert_eq!(refused.as_deref(), Some("user_deactivated"));
}

/// A provider may know more people than the tenant: everybody, where it is a public one.
#[tokio::test]
async fn a_connection_that_is_not_open_admits_whom_the_tenant_knows() {
    let world = World::start().await;
    let closed = "update tenant.connections set is_open = false";
    world.arrange(closed).await;
    let users = "select count(*) from platform.users";
    let before = world.number(users).await;
    for email in [
        None,
        Some("c@agency.test"),
        Some("acme.viewer@example.test"),
    ] {
        let said = Provided {
            email,
            ..Provided::by("acme", "stranger")
        };
        let refused = provided(&world, &said).await.err();
        // Nor does it tell whose address is known here.
        assert_eq!(refused.as_deref(), Some("not_admitted"), "{email:?}");
    }
    assert_eq!(world.number(users).await, before, "and nobody is made");
    let own = Provided::by("acme", "nora").email("nora@mail.acme.example");
    provided(&world, &own).await.expect("of its own domain");
    let named = Provided::by("acme", "contractor").in_groups(&["acme-staff"]);
    provided(&world, &named).await.expect("named by a rule");
}
