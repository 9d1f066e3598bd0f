//! Appended to, never changed: not by a plane, the owner of the tables, or a superuser who has not
//! first taken the locks off, which is seen.

use bulkhead::config::Plane;

use crate::support::{Act, UNGUARDED, World, entering};

const CHANGES: [&str; 8] = [
    "update audit.events set outcome = 'denied'",
    "delete from audit.events",
    "truncate audit.events",
    "update audit.event_pii set content = '{}'",
    "truncate audit.event_pii",
    "update audit.policy_versions set policies = ''",
    "delete from audit.policy_versions",
    "truncate audit.policy_versions",
];

/// The table that an event of now is in, beside its parent.
const PARTITION: &str = "select 'audit.events_' || to_char(now() at time zone 'UTC', 'YYYY_MM')";

#[tokio::test]
async fn neither_owner_nor_superuser_nor_replica_changes_the_history() {
    let world = World::start().await;
    let partition: String = world
        .admin
        .query_one(PARTITION, &[])
        .await
        .expect("text")
        .get(0);
    let of_partition = ["update", "delete from", "truncate"].map(|verb| match verb {
        "update" => format!("update {partition} set outcome = 'denied'"),
        verb => format!("{verb} {partition}"),
    });
    let changes: Vec<String> = CHANGES
        .into_iter()
        .map(str::to_owned)
        .chain(of_partition)
        .collect();
    // Forced row security hides every row from the owner, who can lift it.
    let owner = format!(
        "{UNGUARDED}; set local role bulkhead_owner;
        alter table audit.events no force row level security;
        alter table audit.event_pii no force row level security;
        alter table audit.policy_versions no force row level security;
        alter table {partition} no force row level security"
    );
    for who in [
        "reset role",
        &owner,
        "set local session_replication_role = replica",
        "set local row_security = off",
    ] {
        let admin = world.database.admin().await;
        let act = Act::on(admin).await;
        act.must(who).await;
        for change in &changes {
            let refusal = act.run(change).await.expect_err(change);
            assert_eq!(refusal.sqlstate, "42501", "{who}: {change}: {refusal}");
        }
        assert!(act.must("select from audit.events").await.affected > 0);
    }
}

#[tokio::test]
async fn no_plane_writes_the_history_or_reads_what_counts_everybody() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        if plane == Plane::Api {
            act.must(entering("acme.owner")).await;
            assert!(act.must("select id from audit.events").await.affected > 0);
        }
        for statement in [
            "insert into audit.events (tenant_id, id) values (app.tenant_id(), gen_random_uuid())",
            "insert into audit.event_pii (tenant_id, event_id, person, content)
                values (app.tenant_id(), gen_random_uuid(), gen_random_uuid(), '{}')",
            "update audit.events set outcome = 'ok'",
            "delete from audit.events",
            "delete from audit.event_pii",
            "select xid from audit.events",
            "select seq from audit.events",
            "select from keystore.pseudonyms",
            "select app.pseudonym_of(gen_random_uuid(), gen_random_uuid())",
            "select nextval('audit.events_seq_seq')",
        ] {
            let refusal = act.run(statement).await.expect_err(statement);
            assert_eq!(
                refusal.sqlstate, "42501",
                "{plane:?}: {statement}: {refusal}"
            );
        }
    }
}
