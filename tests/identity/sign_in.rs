//! Signing in at the platform's own issuers: who one is, is told by issuer and subject alone.

use bulkhead::config::Plane;
use futures_util::future::join_all;

use super::{Said, comes, sign_in};
use crate::support::{Act, World, id};

const PERSONAL: &str = "select count(*) from platform.tenants where kind = 'personal'";

#[tokio::test]
async fn who_comes_again_is_the_same_user_whatever_their_address_is_now() {
    let world = World::start().await;
    let first = comes(&world, Said::proven("nora", "nora@home.test")).await;
    for said in [
        Said::proven("nora", "nora@elsewhere.test"),
        Said::proven("nora", "owner@acme.test"),
        Said::claimed("nora", "nora@home.test"),
        Said::of("nora"),
    ] {
        assert_eq!(comes(&world, said).await.user, first.user);
    }
    let address = format!(
        "select count(*) from platform.users where id = '{}' and email = 'nora@home.test'",
        first.user
    );
    assert_eq!(world.number(address).await, 1, "nobody moves to another's");
}

#[tokio::test]
async fn an_address_makes_nobody_somebody_else() {
    let world = World::start().await;
    let nora = comes(&world, Said::proven("nora", "nora@home.test")).await;
    for said in [
        Said::proven("mallory", "nora@home.test"),
        Said::proven("mallory2", "NORA@home.test"),
        Said::claimed("mallory3", "nora@home.test"),
        Said {
            issuer: "https://other.test",
            ..Said::proven("nora", "nora@home.test")
        },
    ] {
        let other = comes(&world, said).await;
        assert_ne!(other.user, nora.user, "{}", said.subject);
        let none = format!(
            "select count(*) from platform.users where id = '{}' and email is null",
            other.user
        );
        assert_eq!(world.number(none).await, 1, "nobody finds them by it");
    }
}

/// Whom a tenant has entered by their address is awaited: they come by proving it, and only so.
#[tokio::test]
async fn who_was_entered_by_address_comes_by_proving_it() {
    let world = World::start().await;
    let awaited = id("acme.viewer");
    let email = "acme.viewer@example.test";
    let claimed = comes(&world, Said::claimed("mallory", email)).await;
    assert_ne!(claimed.user, awaited, "an unproven word");
    let open = format!(
        "select count(*) from platform.credentials
        where user_id = '{awaited}' and revoked_at is null"
    );
    assert!(world.number(&open).await > 0, "opened before they came");
    let proven = comes(&world, Said::proven("vera", email)).await;
    assert_eq!(proven.user, awaited);
    let named = format!(
        "select count(*) from platform.users where id = '{awaited}' and display_name = 'Nora'"
    );
    assert_eq!(
        world.number(named).await,
        1,
        "by themselves, not by who entered them"
    );
    assert_eq!(world.number(&open).await, 1, "and nothing of that is left");
    let later = comes(&world, Said::proven("late", email)).await;
    assert_ne!(later.user, awaited, "they have come already");
}

#[tokio::test]
async fn of_many_first_times_at_once_one_makes_the_user_and_their_tenant() {
    let world = World::start().await;
    let before = world.number(PERSONAL).await;
    let said = Said::proven("nora", "nora@home.test");
    let all = join_all((0..20).map(|_| comes(&world, said))).await;
    assert!(all.iter().all(|came| came.user == all[0].user));
    assert_eq!(world.number(PERSONAL).await, before + 1);
    let rooms = format!(
        "select count(*) from tenant.workspaces w
        join platform.tenants t on t.id = w.tenant_id and t.personal_user_id = '{}'
        join tenant.workspace_members m on m.tenant_id = w.tenant_id
            and m.workspace_id = w.id and m.user_id = t.personal_user_id",
        all[0].user
    );
    assert_eq!(world.number(rooms).await, 1);

    // Another issuer's word for the same address, at the same moment: one of them has it.
    let subjects: Vec<String> = (0..8).map(|n| format!("zoe{n}")).collect();
    let subjects = subjects.iter();
    let all = join_all(subjects.map(|it| comes(&world, Said::proven(it, "zoe@home.test")))).await;
    let mut users: Vec<_> = all.iter().map(|came| came.user).collect();
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 8);
    let named = "select count(*) from platform.users where email = 'zoe@home.test'";
    assert_eq!(world.number(named).await, 1);
}

/// acme's domain is verified in `domains.sql`.
#[tokio::test]
async fn whoever_proves_an_address_of_a_tenant_s_domain_joins_as_its_admin_said() {
    let world = World::start().await;
    let domain = id("acme/domain/mail");
    let mode =
        |mode: &str| format!("update tenant.domains set mode = '{mode}' where id = '{domain}'");
    let places = |user| {
        format!(
            "select count(*) from tenant.members where tenant_id = '{}' and user_id = '{user}'",
            id("acme")
        )
    };
    world.arrange(mode("off")).await;
    let proven = Said::proven("nora", "nora@mail.acme.example");
    let nora = comes(&world, proven).await;
    assert_eq!(world.number(places(nora.user)).await, 0, "it is off");
    world.arrange(mode("auto")).await;
    let mallory = comes(
        &world,
        Said::claimed("mallory", "mallory@mail.acme.example"),
    )
    .await;
    assert_eq!(
        world.number(places(mallory.user)).await,
        0,
        "an unproven word"
    );
    comes(&world, proven).await;
    assert_eq!(
        world.number(places(nora.user)).await,
        1,
        "at the next sign-in"
    );
    let new = comes(&world, Said::proven("new", "new@mail.acme.example")).await;
    assert_eq!(world.number(places(new.user)).await, 1);

    // Taken out, they do not come back as somebody new with the same address.
    let gone = format!(
        "delete from tenant.members where user_id = '{}' and tenant_id = '{}'",
        new.user,
        id("acme")
    );
    world.arrange(gone).await;
    let again = comes(&world, Said::proven("other", "new@mail.acme.example")).await;
    assert_ne!(again.user, new.user);
    assert_eq!(world.number(places(again.user)).await, 0);
}

#[tokio::test]
async fn a_deactivated_user_is_not_let_in_and_the_history_tells_it() {
    let world = World::start().await;
    let nora = comes(&world, Said::of("nora")).await;
    let state = |state: &str| {
        let user = nora.user;
        format!("update platform.users set state = '{state}' where id = '{user}'")
    };
    world.arrange(state("deactivated")).await;
    let refused = sign_in(&world, Said::of("nora")).await;
    assert_eq!(refused.err().as_deref(), Some("user_deactivated"));
    let told = "select count(*) from audit.events
        where action = 'session.create' and outcome = 'denied'";
    assert_eq!(world.number(told).await, 1);
    world.arrange(state("active")).await;
    comes(&world, Said::of("nora")).await;
    let told = "select count(*) from audit.events
        where (action, actor_type) in (('session.create', 'user'), ('identity.create', 'service'))
            and outcome = 'ok' and db_role = 'bulkhead_identity'";
    assert_eq!(world.number(told).await, 3);
    let whence = "select count(*) from audit.event_pii where content like '%192.0.2.9%'";
    assert!(world.number(whence).await >= 3, "by whom, and from where");
}

#[tokio::test]
async fn nobody_has_more_than_a_hundred_sessions() {
    let world = World::start().await;
    let first = comes(&world, Said::of("nora")).await;
    let live = format!(
        "select count(*) from platform.credentials
        where user_id = '{}' and revoked_at is null and kind = 'session'",
        first.user
    );
    let more = format!(
        "insert into platform.credentials (kind, hash, user_id, name, expires_at)
        select 'session', sha256(n::text::bytea), '{}', 'more', now() + interval '1 day'
        from generate_series(1, 99) n",
        first.user
    );
    world.arrange(more).await;
    assert_eq!(world.number(&live).await, 100);
    let last = comes(&world, Said::of("nora")).await;
    assert_eq!(world.number(&live).await, 100);
    let ended = "select count(*) from platform.credentials where revoked_at is not null and id = ";
    let ended = |session| format!("{ended} '{session}'");
    assert_eq!(world.number(ended(first.session)).await, 1, "the oldest");
    assert_eq!(world.number(ended(last.session)).await, 0);
}

#[tokio::test]
async fn what_is_no_address_or_no_name_is_no_less_a_sign_in() {
    let world = World::start().await;
    let long = format!("{}@home.test", "x".repeat(400));
    // The last folds to one that is awaited, in some locales.
    for (subject, email) in [
        ("a", ""),
        ("b", "nobody"),
        ("c", "a b@c"),
        ("d", &long),
        ("e", "acme.v\u{130}ewer@example.test"),
    ] {
        let came = comes(&world, Said::proven(subject, email)).await;
        let none = format!(
            "select count(*) from platform.users where id = '{}' and email is null",
            came.user
        );
        assert_eq!(world.number(none).await, 1, "{subject}");
    }
}

#[tokio::test]
async fn nobody_but_the_identity_plane_says_who_has_signed_in() {
    let world = World::start().await;
    let call = "select app.sign_in('https://issuer.test', 'x', null, false, 'X',
        sha256('x'), null, '1 day', null, '{}')";
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        let answer = act.run(call).await;
        if plane == Plane::Identity {
            answer.expect("it may");
            for table in ["platform.users", "platform.identities", "tenant.members"] {
                let read = act.run(format!("select from {table}")).await;
                assert_eq!(read.expect_err(table).sqlstate, "42501");
            }
        } else {
            let refusal = answer.expect_err(plane.role());
            assert_eq!(refusal.sqlstate, "42501", "{}", plane.role());
        }
    }
}
