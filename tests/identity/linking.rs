//! A1, A2, A4: whom a tenant's provider speaks for, and what becomes of what was there before.

use super::provided::{Provided, provided};
use super::{Said, comes};
use crate::support::{World, id};

/// Somebody with a proven address of acme's domain and a login at the platform's own issuer.
async fn nora(world: &World) -> super::Came {
    comes(world, Said::proven("nora", "nora@mail.acme.example")).await
}

async fn logins(world: &World, user: uuid::Uuid) -> i64 {
    let text = format!("select count(*) from platform.identities where user_id = '{user}'");
    world.number(text).await
}

/// A1. A provider may say what it likes of an address: it is its tenant's word, and no more.
#[tokio::test]
async fn a1_an_address_of_another_tenants_domain_links_nobody_and_opens_nothing() {
    let world = World::start().await;
    let victim = nora(&world).await;
    let before = world.number("select count(*) from platform.users").await;
    for email in ["nora@mail.acme.example", "nobody.yet@mail.acme.example"] {
        for believed in [false, true] {
            let said = Provided {
                believed,
                ..Provided::by("globex", "mallory").email(email)
            };
            let refused = provided(&world, &said).await.err();
            assert_eq!(refused.as_deref(), Some("identity_link_refused"), "{email}");
        }
    }
    assert_eq!(logins(&world, victim.user).await, 1);
    assert_eq!(
        world.number("select count(*) from platform.users").await,
        before,
        "and nobody new is made"
    );
    let told = format!(
        "select count(*) from audit.events where tenant_id = '{}' and outcome = 'denied'
            and action = 'identity.create'",
        id("globex")
    );
    assert!(
        world.number(told).await > 0,
        "its admins read that it was refused"
    );
    // Acme's own provider may.
    let own = Provided::by("acme", "nora").email("nora@mail.acme.example");
    let came = provided(&world, &own).await.expect("it is hers");
    assert_eq!(came.user, victim.user);
}

/// A2: {verified or not} × {the domain's own tenant or another} × {a login at another tenant's
/// connection or none}. One of the eight links.
#[tokio::test]
async fn a2_a_login_is_linked_unasked_in_one_case_of_eight() {
    for verified in [true, false] {
        for own in [true, false] {
            for foreign in [true, false] {
                let world = World::start().await;
                let nora = nora(&world).await;
                if foreign {
                    let login = format!(
                        "insert into platform.identities
                            (tenant_id, connection_id, issuer, subject, user_id)
                        values ('{}', '{}', 'https://id.initech.example/own', 'nora', '{}')",
                        id("initech"),
                        id("initech/connection/own"),
                        nora.user
                    );
                    world.arrange(login).await;
                }
                let tenant = if own { "acme" } else { "globex" };
                let said = Provided {
                    believed: verified,
                    ..Provided::by(tenant, "n").email("nora@mail.acme.example")
                };
                let came = provided(&world, &said).await;
                let told = format!("verified {verified}, own {own}, foreign {foreign}");
                match came {
                    Ok(came) if verified && own && !foreign => {
                        assert_eq!(came.user, nora.user, "{told}");
                    }
                    // Its own address, which the provider is not believed: somebody without one.
                    Ok(came) => {
                        assert!(own && !verified, "{told}");
                        assert_ne!(came.user, nora.user, "{told}");
                    }
                    Err(refused) => {
                        assert!(!own || foreign, "{told}: {refused}");
                        assert_eq!(refused, "identity_link_refused", "{told}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a2_who_works_for_the_platform_is_never_linked_unasked() {
    let world = World::start().await;
    let nora = nora(&world).await;
    let staff = |is: bool| {
        let user = nora.user;
        format!("update platform.users set staff = {is} where id = '{user}'")
    };
    world.arrange(staff(true)).await;
    let said = Provided::by("acme", "nora").email("nora@mail.acme.example");
    let refused = provided(&world, &said).await.err();
    assert_eq!(refused.as_deref(), Some("identity_link_refused"));
    world.arrange(staff(false)).await;
    provided(&world, &said)
        .await
        .expect("she is nobody special");
}

/// A4: whoever prepared the account in her name has nothing of it once she comes.
#[tokio::test]
async fn a4_the_first_login_by_a_connection_ends_what_was_opened_before() {
    let world = World::start().await;
    let before = nora(&world).await;
    let keys = format!(
        "insert into tenant.members (tenant_id, user_id, role_id, display_name)
        values ('{globex}', '{0}', '{1}', 'Nora');
        insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
        select 'api_key', sha256(uuid_send(t.id)), '{0}', t.id, 'prepared', now() + interval '1 day'
        from platform.tenants t where t.id = '{globex}' or t.personal_user_id = '{0}'",
        before.user,
        id("globex/role/member"),
        globex = id("globex"),
    );
    world.arrange(keys).await;
    let open = format!(
        "select count(*) from platform.credentials where user_id = '{}' and revoked_at is null",
        before.user
    );
    assert_eq!(world.number(&open).await, 3);
    let said = Provided::by("acme", "nora").email("nora@mail.acme.example");
    let came = provided(&world, &said).await.expect("it is hers");
    assert_eq!(came.user, before.user);
    let whose = format!(
        "{open} and (tenant_id is null or tenant_id not in ('{}', '{}'))",
        id("globex"),
        id("acme")
    );
    assert_eq!(
        world.number(whose).await,
        0,
        "of the account, and of its own tenant"
    );
    assert_eq!(
        world.number(&open).await,
        2,
        "globex says of its own who they are"
    );
    // Once linked, she signs in here and there without ending anything.
    nora(&world).await;
    provided(&world, &said).await.expect("again");
    assert_eq!(world.number(&open).await, 4);
}

/// A1: an address that the company gives to somebody else does not bring the account along.
#[tokio::test]
async fn an_address_that_is_given_to_somebody_new_is_not_the_former_ones_account() {
    let world = World::start().await;
    let first = Provided::by("acme", "first").email("sales@mail.acme.example");
    let first = provided(&world, &first).await.expect("she is new");
    let second = Provided::by("acme", "second").email("sales@mail.acme.example");
    let came = provided(&world, &second).await.expect("he is new, too");
    assert_ne!(came.user, first.user);
    assert_eq!(logins(&world, first.user).await, 1);
    // At once, too: neither becomes the other.
    let said: Vec<_> = (0..10).map(|n| format!("subject{n}")).collect();
    let said: Vec<_> = said
        .iter()
        .map(|it| Provided::by("acme", it).email("desk@mail.acme.example"))
        .collect();
    let all = futures_util::future::join_all(said.iter().map(|it| provided(&world, it))).await;
    let mut users: Vec<_> = all
        .into_iter()
        .map(|came| came.expect("each comes in").user)
        .collect();
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 10);
}

#[tokio::test]
async fn of_many_first_logins_at_once_one_makes_the_user() {
    let world = World::start().await;
    let said = Provided::by("acme", "nora").email("nora@mail.acme.example");
    let all = futures_util::future::join_all((0..20).map(|_| provided(&world, &said))).await;
    let mut users: Vec<_> = all
        .into_iter()
        .map(|came| came.expect("each comes in").user)
        .collect();
    users.dedup();
    assert_eq!(users.len(), 1);
    assert_eq!(logins(&world, users[0]).await, 1);
}

/// Whoever puts a provider to use could otherwise make themselves anybody by it.
#[tokio::test]
async fn nobody_becomes_by_their_own_provider_who_may_do_more_than_they() {
    let world = World::start().await;
    let by = |who: &str| {
        let (own, who) = (id("acme/connection/own"), id(who));
        format!("update tenant.connections set activated_by = '{who}' where id = '{own}'")
    };
    let boss = nora(&world).await;
    let place = format!(
        "insert into tenant.members (tenant_id, user_id, role_id, display_name)
        values ('{}', '{}', '{}', 'Nora')",
        id("acme"),
        boss.user,
        id("acme/role/owner")
    );
    world.arrange(place).await;
    let said = Provided::by("acme", "n").email("nora@mail.acme.example");
    world.arrange(by("acme.admin")).await;
    let refused = provided(&world, &said).await.err();
    assert_eq!(refused.as_deref(), Some("identity_link_refused"));
    world.arrange(by("acme.owner")).await;
    let came = provided(&world, &said)
        .await
        .expect("an owner answers for it");
    assert_eq!(came.user, boss.user);
}

/// What a directory says of an address finds nobody whose provider does not vouch for it.
#[tokio::test]
async fn an_address_not_verified_is_nobody_a_directory_has_provisioned() {
    let world = World::start().await;
    let boss = nora(&world).await;
    let provisioned_by = |made: bool| {
        format!(
            "insert into tenant.members (tenant_id, user_id, role_id, display_name)
            values ('{acme}', '{0}', '{1}', 'Nora') on conflict do nothing;
            update tenant.scim_directories set connection_id = '{2}' where tenant_id = '{acme}';
            delete from tenant.scim_users where user_id = '{0}';
            insert into tenant.scim_users (tenant_id, directory_id, user_id, user_name, resource,
                made, joined, role_id)
            select d.tenant_id, d.id, '{0}', 'nora@mail.acme.example', '{{}}', {made}, {made},
                d.role_id
            from tenant.scim_directories d where d.tenant_id = '{acme}'",
            boss.user,
            id("acme/role/member"),
            id("acme/connection/own"),
            acme = id("acme"),
        )
    };
    for made in [true, false] {
        world.arrange(provisioned_by(made)).await;
        let said = Provided {
            believed: false,
            ..Provided::by("acme", "mallory").email("nora@mail.acme.example")
        };
        let came = provided(&world, &said).await.expect("somebody new");
        assert_ne!(came.user, boss.user, "made: {made}");
    }
    let said = Provided::by("acme", "n").email("nora@mail.acme.example");
    let came = provided(&world, &said).await.expect("it is hers");
    assert_eq!(came.user, boss.user);
}
