//! The suite runs unprivileged. Were it a superuser, every promise below would pass in vain:
//! the official container images make just that of the user they are given.

use bulkhead::config::Plane;

use crate::support::World;

/// The login, and every role it can become, may bypass nothing, own nothing, be nobody else.
#[tokio::test]
async fn every_plane_is_a_login_that_can_become_nothing_and_bypass_nothing() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let login = world.database.login(plane).await;
        let row = login
            .query_one(
                "select session_user::text, current_user::text,
                    (select array_agg(r.rolname::text) from pg_roles r
                     where pg_has_role(session_user, r.oid, 'member')),
                    (select array_agg(r.rolname::text) from pg_roles r
                     where pg_has_role(session_user, r.oid, 'member')
                        and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
                            or r.rolreplication or r.rolinherit))",
                &[],
            )
            .await
            .expect("the catalog can be read");
        let name = plane.role();
        assert_eq!(row.get::<_, &str>(0), name);
        assert_eq!(row.get::<_, &str>(1), name);
        assert_eq!(
            row.get::<_, Vec<&str>>(2),
            [name],
            "{name} can become somebody else"
        );
        assert_eq!(
            row.get::<_, Option<Vec<&str>>>(3),
            None,
            "{name} may too much"
        );
        let owned = world
            .number(format!(
                "select count(*) from pg_shdepend
                 where refobjid = '{name}'::regrole and deptype = 'o'"
            ))
            .await;
        assert_eq!(owned, 0, "{name} owns something");
    }
}

/// `set role` is how a test that only looks unprivileged is written, and how a login escapes.
#[tokio::test]
async fn a_plane_can_not_set_a_role() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    for role in [
        "postgres",
        "bulkhead_owner",
        "bulkhead_definer",
        "bulkhead_control",
    ] {
        for how in ["set role", "set local role", "set session authorization"] {
            let refusal = act
                .run(format!("{how} {role}"))
                .await
                .expect_err("must be refused");
            assert_eq!(refusal.sqlstate, "42501", "{how} {role}: {refusal}");
        }
    }
    // Both succeed, and change nothing: the login itself is the plane.
    act.must("reset role").await;
    act.must("reset session authorization").await;
    assert_eq!(act.must("select current_user").await.one(), "bulkhead_api");
}
