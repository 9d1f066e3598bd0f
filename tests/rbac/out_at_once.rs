//! Out at once: what admits somebody ends, and so does their access, at the next statement of a
//! transaction that is already running.

use std::time::Duration;

use super::{Whom, act, is_refusal, key, share, tried};
use crate::support::{Act, World, id, relations};

/// What ends everything for `acme.<who>`, and how the gate refuses them from then on.
struct End {
    what: &'static str,
    arrange: fn(&str) -> String,
    refused: &'static str,
}

fn of_credential(who: &str) -> String {
    format!("where id = '{}'", id(&format!("acme.{who}")))
}

fn of_member(who: &str) -> String {
    format!(
        "where tenant_id = '{}' and user_id = '{}'",
        id("acme"),
        id(&format!("acme.{who}"))
    )
}

const ENDS: [End; 7] = [
    End {
        what: "a suspended tenant",
        arrange: |_| "update platform.tenants set state = 'suspended' where slug = 'acme'".into(),
        refused: "42501 tenant_suspended",
    },
    End {
        what: "a closing tenant",
        arrange: |_| "update platform.tenants set state = 'closing' where slug = 'acme'".into(),
        refused: "42501 tenant_suspended",
    },
    End {
        what: "a deactivated user",
        arrange: |who| {
            format!(
                "update platform.users set state = 'deactivated' {}",
                of_credential(who)
            )
        },
        refused: "28000 credential_invalid",
    },
    End {
        what: "a deactivated member",
        arrange: |who| {
            format!(
                "update tenant.members set state = 'deactivated' {}",
                of_member(who)
            )
        },
        refused: "42501 tenant_unavailable",
    },
    End {
        what: "a removed member",
        arrange: |who| format!("delete from tenant.members {}", of_member(who)),
        refused: "28000 credential_invalid",
    },
    End {
        what: "a revoked credential",
        arrange: |who| {
            format!(
                "update platform.credentials set revoked_at = now() {}",
                of_credential(who)
            )
        },
        refused: "28000 credential_invalid",
    },
    End {
        what: "an expired credential",
        arrange: |who| {
            format!(
                "update platform.credentials set expires_at = now() {}",
                of_credential(who)
            )
        },
        refused: "28000 credential_invalid",
    },
];

/// The rows of tenants that an actor sees, by table; a table without a grant shows none.
async fn seen(world: &World, act: &Act) -> Vec<String> {
    let mut seen = Vec::new();
    for table in relations(&world.admin)
        .await
        .iter()
        .filter(|table| !table.is_global())
    {
        match act
            .run(format!("select count(*) from {}", table.name))
            .await
        {
            Ok(answer) if answer.one() == "0" => {}
            Ok(answer) => seen.push(format!("{} {}", answer.one(), table.name)),
            Err(refusal) => assert_eq!(refusal.sqlstate, "42501", "{refusal}: {}", table.name),
        }
    }
    seen
}

/// What anybody may try who once was somebody.
fn attempts() -> [String; 5] {
    let acme = "app.tenant_id()";
    let plans = id("acme/workspace/plans");
    [
        format!(
            "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
            values ({acme}, '{plans}', 'late', app.user_id())"
        ),
        "update tenant.documents set title = 'late'".into(),
        "delete from tenant.documents".into(),
        "select app.create_workspace('late', '')".into(),
        format!(
            "insert into platform.credentials
            (kind, hash, user_id, tenant_id, name, expires_at)
            values ('api_key', sha256('late'), app.user_id(), {acme}, 'late', now() + '1 day')"
        ),
    ]
}

#[tokio::test]
async fn whoever_is_no_longer_admitted_is_out_at_the_next_statement() {
    for end in ENDS {
        let world = World::start().await;
        // An admin, who could do all of it; the last owner can not be removed.
        world
            .arrange(format!(
                "insert into tenant.idempotency_keys
                    (tenant_id, user_id, credential_id, key, fingerprint, status, headers, body)
                 values ('{}', '{}', gen_random_uuid(), 'kept', sha256('kept'), 200, '{{}}',
                    'an answer')",
                id("acme"),
                id("acme.admin")
            ))
            .await;
        let admin = world.act("acme.admin").await;
        admin.settle().await;
        assert!(
            seen(&world, &admin).await.len() > 10,
            "there is something to lose"
        );
        for attempt in attempts() {
            assert_eq!(tried(&admin, &attempt).await, "done", "{attempt}");
        }
        world.arrange((end.arrange)("admin")).await;
        assert_eq!(seen(&world, &admin).await, [""; 0], "{}", end.what);
        for attempt in attempts() {
            let ending = tried(&admin, &attempt).await;
            assert!(is_refusal(&ending), "{}: {ending}: {attempt}", end.what);
        }
        let refusal = world
            .enter("acme.admin", None)
            .await
            .err()
            .expect("the gate is shut");
        assert_eq!(refusal.to_string(), end.refused, "{}", end.what);
    }
}

#[tokio::test]
async fn what_has_an_end_ends_without_anybody_ending_it() {
    let world = World::start().await;
    let soon = "clock_timestamp() + '1500 ms'";
    share(
        &world,
        ("plans", None),
        Whom::User("outsider"),
        "read",
        soon,
    )
    .await;
    key(&world, "admin", "brief", Some(&["document.read"])).await;
    world
        .arrange(format!(
            "update platform.credentials set expires_at = {soon}
            where id = '{}'",
            id("acme/key/brief")
        ))
        .await;
    let (outsider, brief) = (world.act("acme.outsider").await, act(&world, "brief").await);
    assert_eq!(outsider.count("tenant.documents").await, 2);
    assert_eq!(brief.count("tenant.documents").await, 3);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(outsider.count("tenant.documents").await, 0);
    assert_eq!(brief.count("tenant.documents").await, 0);
}

#[tokio::test]
async fn the_others_of_a_tenant_do_not_notice_that_one_is_out() {
    let world = World::start().await;
    let member = world.act("acme.member").await;
    member.settle().await;
    for end in ENDS.iter().filter(|end| !end.what.ends_with("tenant")) {
        world.arrange((end.arrange)("viewer")).await;
        assert_eq!(member.count("tenant.documents").await, 2, "{}", end.what);
    }
    assert!(world.enter("acme.viewer", None).await.is_err());
}
