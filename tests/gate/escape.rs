//! Escapes: a plane stays the plane, whatever it tries to become or to call.

use bulkhead::config::Plane;

use crate::support::{Act, World, entering, relations};

async fn act_of(world: &World, plane: Plane) -> Act {
    Act::on(world.database.login(plane).await).await
}

const ROLES: [&str; 9] = [
    "postgres",
    "bulkhead_owner",
    "bulkhead_definer",
    "bulkhead_api",
    "bulkhead_worker",
    "bulkhead_control",
    "bulkhead_sealer",
    "bulkhead_compliance",
    "bulkhead_identity",
];

#[tokio::test]
async fn no_plane_becomes_anybody_else() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let act = act_of(&world, plane).await;
        for role in ROLES.into_iter().filter(|role| *role != plane.role()) {
            for how in [
                "set role",
                "set local role",
                "set local session authorization",
            ] {
                let refusal = act.run(format!("{how} {role}")).await.expect_err(role);
                assert_eq!(refusal.sqlstate, "42501", "{} {how} {role}", plane.role());
            }
        }
        for how in ["reset role", "set role none", "reset session authorization"] {
            act.must(how).await;
            let who = act
                .must("select session_user || ' ' || current_user")
                .await
                .one();
            assert_eq!(who, format!("{0} {0}", plane.role()), "{how}");
        }
    }
}

#[tokio::test]
async fn row_security_off_shows_no_plane_a_row() {
    let world = World::start().await;
    let tables = relations(&world.admin).await;
    for plane in Plane::ALL {
        let act = act_of(&world, plane).await;
        if matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance) {
            act.must(entering("acme.owner")).await;
        }
        act.must("set local row_security = off").await;
        for table in &tables {
            for sql in [
                format!("select 1 from {}", table.name),
                format!("delete from {}", table.name),
                format!("copy {} to stdout", table.name),
                format!("truncate {}", table.name),
            ] {
                let refusal = act.run(&sql).await.expect_err(&sql);
                assert_eq!(refusal.sqlstate, "42501", "{}: {sql}", plane.role());
            }
        }
    }
}

/// Each with nulls for arguments: the right to run it is asked before they are.
const UNGRANTED: &str = "
    select format('select app.%I(%s)', p.proname, (
        select coalesce(string_agg('null::' || format_type(t, null), ', '), '')
        from unnest(p.proargtypes) t)), p.proname::text
    from pg_proc p
    where p.pronamespace = 'app'::regnamespace and p.prorettype not in (
        'trigger'::regtype, 'event_trigger'::regtype)
        and not has_function_privilege($1, p.oid, 'execute')";

/// These believe their arguments, so only the definer's other functions may call them.
const BELIEVING: [&str; 12] = [
    "seal",
    "wear",
    "teams_of",
    "live_role",
    "refuse",
    "find_or_create_user",
    "sync_builtin_roles",
    "sync_permissions",
    "ensure_seal_key",
    "policy_clauses",
    "standing_role",
    "within_scopes",
];

#[tokio::test]
async fn what_the_definer_alone_may_call_is_refused_to_every_plane() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let rows = world
            .admin
            .query(UNGRANTED, &[&plane.role()])
            .await
            .expect("the catalog");
        let names: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
        for name in BELIEVING {
            assert!(
                names.iter().any(|known| known == name),
                "{} may call {name}",
                plane.role()
            );
        }
        let act = act_of(&world, plane).await;
        for row in rows {
            let call: String = row.get(0);
            let refusal = act.run(&call).await.expect_err(&call);
            assert_eq!(
                refusal.sqlstate,
                "42501",
                "{}: {call}: {refusal}",
                plane.role()
            );
        }
    }
}
