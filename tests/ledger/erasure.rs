//! Erasure: a person leaves the history for good, and nothing that was proven stops being so.

use std::process::Stdio;

use bulkhead::config::Plane;

use super::Archive;
use crate::support::{Act, id, person};

/// Of all that is left, whatever could be a salt: 32 octets, however they are written.
const LEFT: &str = "
    create temporary table candidates as
    select hash as octets from audit.leaves union select root from audit.trees
    union select hash from audit.subtrees union select salt from keystore.salts
    union select policy_version from audit.events union select heads_root from audit.epochs
    union select root from audit.epochs union select root from audit.checkpoints
    union select substr(peaks, at, 32) from audit.trees, generate_series(1, 999, 32) at
    union select substr(commitments, at + 16, 32) from audit.leaves, generate_series(1, 999, 48) at
    union select hash from platform.credentials
    union select sha256(uuid_send(pseudonym)) from keystore.pseudonyms
    union select sha256(uuid_send(subject)) from audit.events where subject is not null";

/// Commitments of leaves that a true value, kept elsewhere, still opens by one of them.
const GUESSED: &str = "
    select count(*) from public.known k
    join audit.leaves l on (l.tenant_id, l.event_id) = (k.tenant_id, k.event_id),
    (select octets from candidates where octet_length(octets) = 32) c
    where position(uuid_send(k.person) || app.commitment(app.commitment_key(c.octets, k.event_id),
        sha256(convert_to(k.content, 'UTF8'))) in l.commitments) > 0";

/// All that stays byte for byte; what was there when it was copied.
const STAYS: [&str; 5] = [
    "audit.events",
    "audit.leaves",
    "audit.subtrees",
    "audit.checkpoints",
    "audit.epochs",
];

/// In acme and in globex.
const MULTI: &str = "acme.multi";

fn user(who: &str) -> String {
    id(&person(who)).to_string()
}

impl Archive {
    /// The pseudonym, and that they are in the tenant no more.
    async fn leaves(&self, who: &str, tenant: &str) -> String {
        let (user, tenant) = (user(who), id(tenant));
        let sql = format!(
            "select pseudonym::text from keystore.pseudonyms
            where user_id = '{user}' and tenant_id = '{tenant}'"
        );
        let row = self.world.admin.query_one(&sql, &[]).await;
        for table in ["shares", "team_members", "workspace_members", "members"] {
            let sql = format!(
                "delete from tenant.{table} where user_id = '{user}' and tenant_id = '{tenant}'"
            );
            self.world.arrange(sql).await;
        }
        row.expect("they are known").get(0)
    }

    fn erase(&self, who: &str) -> (i32, String) {
        let told = self.run(&["erase", "--tenant", "acme", "--user", &user(who)]);
        (told.code, told.out + &told.err)
    }

    async fn rows_of(&self, pseudonym: &str) -> i64 {
        let sql = format!(
            "select (select count(*) from audit.event_pii where person = '{pseudonym}')
            + (select count(*) from keystore.salts where person = '{pseudonym}')
            + (select count(*) from keystore.tallies where actor = '{pseudonym}')
            + (select count(*) from keystore.pseudonyms where pseudonym = '{pseudonym}')"
        );
        self.world.number(sql).await
    }

    fn assert_intact(&self) {
        let (code, told) = self.verify(&[]);
        assert_eq!(code, 0, "{told}");
    }
}

#[tokio::test]
async fn whoever_is_erased_can_not_be_guessed_and_all_proofs_hold() {
    let archive = Archive::unsealed().await;
    let gone = archive.leaves("acme.guest", "acme").await;
    archive.seal().await;
    archive.assert_intact();
    let before = archive.exported_as("before");
    let known = format!(
        "create table public.known as select * from audit.event_pii where person = '{gone}'"
    );
    archive.world.arrange(known).await;
    archive.world.arrange(LEFT).await;
    let known = archive
        .world
        .number("select count(*) from public.known")
        .await;
    assert!(known > 0);
    let guessed = archive.world.number(GUESSED).await;
    assert_eq!(guessed, known, "by the salt anybody could");
    for table in STAYS {
        let name = table.replace('.', "_");
        let copy = format!("create table public.{name} as select t::text as row from {table} t");
        archive.world.arrange(copy).await;
    }

    let (code, told) = archive.erase("acme.guest");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&gone), "{told}");
    assert_eq!(archive.rows_of(&gone).await, 0);
    for table in STAYS {
        let name = table.replace('.', "_");
        let lost = format!(
            "select count(*) from public.{name} k
            where not exists (select from {table} t where t::text = k.row)"
        );
        assert_eq!(archive.world.number(lost).await, 0, "{table}");
    }
    archive.world.arrange("drop table candidates").await;
    archive.world.arrange(LEFT).await;
    assert_eq!(archive.world.number(GUESSED).await, 0);

    let (code, told) = archive.verify(&["--allow-lag", "3600"]);
    assert_eq!(code, 0, "before the erasure is sealed: {told}");
    archive.seal().await;
    archive.assert_intact();
    let after = archive.exported_as("after");
    for bundle in [before, after] {
        let path = bundle.to_str().expect("our paths are ASCII");
        let told = archive.run(&["verify-bundle", path, "--key", &archive.key()]);
        assert_eq!(told.code, 0, "{told:?}");
    }
    let reviewed = "select count(*) from review.audit_verify('acme') where verdict = 'tampered'";
    assert_eq!(archive.world.number(reviewed).await, 0);
    let told = "select count(*) from audit.events e where action = 'history.erase'
        and actor is null and actor_type = 'operator' and subject is not null
        and not exists (select from audit.event_pii p where p.event_id = e.id)";
    assert_eq!(archive.world.number(told).await, 1);
}

#[tokio::test]
async fn erasing_concerns_one_person_in_one_tenant_and_again_nobody() {
    let archive = Archive::start().await;
    let here = archive.leaves(MULTI, "acme").await;
    let others = format!(
        "select (select count(*) from audit.event_pii where person <> '{here}')
            + (select count(*) from keystore.pseudonyms where pseudonym <> '{here}')
            + (select count(*) from keystore.salts where person <> '{here}')"
    );
    let before = archive.world.number(&others).await;
    let (code, told) = archive.erase(MULTI);
    assert_eq!(code, 0, "{told}");
    assert_eq!(archive.rows_of(&here).await, 0);
    assert_eq!(archive.world.number(&others).await, before);
    let (code, told) = archive.erase(MULTI);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("knows nobody"), "{told}");
    let erasures = "select count(*) from audit.events where action = 'history.erase'";
    assert_eq!(archive.world.number(erasures).await, 1);
    archive.seal().await;
    archive.assert_intact();
}

#[tokio::test]
async fn whoever_is_still_a_member_is_not_erased() {
    let archive = Archive::start().await;
    let (code, told) = archive.erase("acme.member");
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("remove the member"), "{told}");
    let told = archive.run(&[
        "erase",
        "--tenant",
        "nowhere",
        "--user",
        &user("acme.member"),
    ]);
    assert_eq!(told.code, 1, "{told:?}");
    let told = archive.run(&["erase", "--tenant", "acme", "--user", "nobody@example.org"]);
    assert_eq!(told.code, 1, "{told:?}");
    let told = archive.run(&[
        "erase",
        "--tenant",
        "platform",
        "--user",
        &user("acme.member"),
    ]);
    assert_eq!(told.code, 1, "{told:?}");
    archive.assert_intact();
}

/// What is not sealed yet is sealed without what it said of them.
#[tokio::test]
async fn whoever_is_erased_before_the_sealer_came_leaves_a_history_that_verifies() {
    let archive = Archive::unsealed().await;
    let gone = archive.leaves("acme.guest", "acme").await;
    let told = archive.run(&[
        "erase",
        "--tenant",
        "acme",
        "--user",
        "ACME.guest@example.test",
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    archive.seal().await;
    assert_eq!(archive.rows_of(&gone).await, 0);
    archive.assert_intact();
}

/// A transaction that knew them tells of them after they were erased; the next sweep takes it.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_open_transaction_still_tells_of_them_goes_too() {
    let archive = Archive::start().await;
    let gone = archive.leaves("acme.guest", "acme").await;
    let writer = Act::on(archive.world.database.admin().await).await;
    let told = format!(
        "insert into audit.event_pii (tenant_id, event_id, person, content)
            values ('{acme}', platform.uuid_v7(), '{gone}', '{{\"late\":true}}')",
        acme = id("acme")
    );
    writer.must(&told).await;
    let mut erasing = archive
        .command(&["erase", "--tenant", "acme", "--user", &user("acme.guest")])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let begun = "select count(*) from audit.events where action = 'history.erase'";
    while archive.world.number(begun).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    writer.commit().await.expect("nothing refuses it");
    assert!(erasing.wait().expect("it ends").success());
    assert_eq!(archive.rows_of(&gone).await, 0);
}

/// As where the salts are in another database, and the program was cut off in between.
#[tokio::test]
async fn a_salt_that_was_left_is_told_and_destroyed_by_the_next_run() {
    let archive = Archive::start().await;
    let gone = archive.leaves("acme.guest", "acme").await;
    let keep =
        format!("create table public.kept as select * from keystore.salts where person = '{gone}'");
    archive.world.arrange(keep).await;
    let (code, told) = archive.erase("acme.guest");
    assert_eq!(code, 0, "{told}");
    let back = "insert into keystore.salts select * from public.kept";
    archive.world.arrange(back).await;
    archive.seal().await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("acme: the erasure of 1 persons did not end"),
        "{told}"
    );
    let (code, told) = archive.erase("acme.guest");
    assert_eq!(code, 0, "{told}");
    archive.assert_intact();
}

#[tokio::test]
async fn nobody_but_compliance_erases_and_a_salt_outlives_what_it_opens() {
    let archive = Archive::start().await;
    let whom = format!("'{}', '{}'", id("acme"), user("acme.guest"));
    for plane in [Plane::Api, Plane::Worker, Plane::Control, Plane::Sealer] {
        let act = Act::on(archive.world.database.login(plane).await).await;
        for call in [
            format!("app.erase_history({whom})"),
            format!("app.sweep_erased('{}')", id("acme")),
        ] {
            let refused = act
                .run(format!("select {call}"))
                .await
                .expect_err("not theirs");
            assert_eq!(refused.sqlstate, "42501", "{plane:?}: {call}");
        }
    }
    let act = Act::on(archive.world.database.login(Plane::Compliance).await).await;
    for whom in ["null, null".to_owned(), format!("'{}', null", id("acme"))] {
        let refused = act.run(format!("select app.erase_history({whom})")).await;
        assert_eq!(refused.expect_err("of whom?").sqlstate, "22004");
    }
    act.commit().await.expect("nothing was done");
    let salts = archive
        .world
        .number("select count(*) from keystore.salts")
        .await;
    let destroy = format!(
        "select app.destroy_salts('{}', array(select person from keystore.salts))",
        id("acme")
    );
    archive.world.arrange(destroy).await;
    let left = archive
        .world
        .number("select count(*) from keystore.salts")
        .await;
    assert_eq!(left, salts);
}
