//! Expiry: months whose time is over go, and everything that was proven stays proven.

use std::fs;

use bulkhead::schema::DEFINITIONS;
use serde_json::Value;

use super::Archive;
use super::acts::UNLOCKED;
use super::bundles::other;
use crate::support::id;

/// Sealed in turn with others of today, so that none lies beside another.
const OLD: &str = "
    insert into audit.events (tenant_id, id, occurred_at, recorded_at, actor_type, db_role, action,
        outcome, resource_type, subject, policy_version)
    select '$acme', (left(app.first_id(at)::text, 13)
            || substr(gen_random_uuid()::text, 14))::uuid, at, at, 'dba', 'x',
        case n when 20 then 'history.erase' else 'x.old' end, 'ok', 'x',
        case n when 20 then gen_random_uuid() end, ''
    from generate_series(1, $events) n, lateral (select case n % 2 when 0
        then timestamptz '2026-03-05 10:00+00' else now() end as at) t
    order by n;
    insert into audit.event_pii (tenant_id, event_id, person, content)
    select e.tenant_id, e.id, p.pseudonym, '{\"old\": \"what may go\"}'
    from audit.events e
    join keystore.pseudonyms p on p.tenant_id = e.tenant_id and p.user_id = '$owner'
    where e.action = 'x.old'";

/// The new partitions are emptied by nobody either.
const LOCKED: &str = "
    do $$
    declare
        made record;
    begin
        for made in
            select p || m as name, p as parent
            from unnest(array['events', 'event_pii']) p, unnest(array['_2026_03', '_later']) m
        loop
            execute format('create trigger t10_not_emptied before truncate on audit.%I
                execute function app.refuse_rewriting(%L)', made.name, made.parent);
            execute format('alter table audit.%I enable always trigger t10_not_emptied',
                made.name);
        end loop;
    end $$;";

const LEFT: &str = "select count(*) from audit.events where id < app.first_id('2026-04-01+00')";
pub(super) const BEFORE: [&str; 3] = ["expire", "--before", "2026-04"];

impl Archive {
    /// With events of a month that is long over, in its own partition.
    pub(super) async fn with_old_events() -> Self {
        Self::with_so_many(40).await
    }

    pub(super) async fn with_so_many(events: u32) -> Self {
        let archive = Self::unsealed().await;
        let old = OLD
            .replace("$events", &events.to_string())
            .replace("$acme", &id("acme").to_string())
            .replace("$owner", &id("acme.owner").to_string());
        archive.world.arrange(old).await;
        // As a migration makes it, which would also make everything else anew.
        let (_, months) = DEFINITIONS
            .iter()
            .find(|(path, _)| *path == "partitions.sql")
            .expect("it is part of the definitions");
        let month = format!("begin; {months} {LOCKED} reset role; commit");
        archive.world.tamper(&month).await;
        archive
    }

    pub(super) async fn expired() -> Self {
        let archive = Self::with_old_events().await;
        archive.seal().await;
        let told = archive.run(&BEFORE);
        assert_eq!(told.code, 0, "{told:?}");
        archive.seal().await;
        archive
    }

    /// A checkpoint of acme, as somebody would keep it.
    async fn note(&self) -> String {
        let sql = format!(
            "select note from audit.checkpoints where tenant_id = '{}' order by size desc limit 1",
            id("acme")
        );
        let row = self.world.admin.query_one(&sql, &[]).await;
        row.expect("one was signed").get(0)
    }

    /// What SQL says, against the last checkpoint.
    pub(super) async fn sql(&self) -> String {
        let note = self.note().await;
        let mut lines = note.lines().skip(1);
        let (size, root) = (lines.next().expect("a size"), lines.next().expect("a root"));
        let sql = format!(
            "select string_agg(concat_ws(' ', verdict, idx, problem), ', ')
            from review.audit_verify('acme', {size}, '{root}')"
        );
        let row = self.world.admin.query_one(&sql, &[]).await;
        row.expect("it answers").get(0)
    }

    async fn sealed_leaves(&self) -> Vec<(i64, Vec<u8>)> {
        let sql = "select idx, hash from audit.leaves where tenant_id <> '00000000-0000-0000-0000-\
            000000000000' order by tenant_id, idx limit 60";
        let rows = self.world.admin.query(sql, &[]).await;
        let rows = rows.expect("all can be read");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

#[tokio::test]
async fn months_expire_and_everything_else_stays() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let leaves = archive.sealed_leaves().await;
    let left = archive.world.number(LEFT).await;
    assert_eq!(left, 20, "nothing else is so old");
    let dry = archive.run(&[&BEFORE[..], &["--dry-run"]].concat());
    assert_eq!(dry.out, "would expire: 19 events of acme\n", "{dry:?}");
    assert_eq!(archive.world.number(LEFT).await, left, "nothing was done");
    let told = archive.run(&BEFORE);
    assert_eq!(told.out, "expired: 19 events of acme\n", "{told:?}");
    assert_eq!(
        archive.world.number(LEFT).await,
        1,
        "who was erased is known"
    );
    let details =
        "select count(*) from audit.event_pii where event_id < app.first_id('2026-04-01')";
    assert_eq!(archive.world.number(details).await, 0);
    let now = archive.sealed_leaves().await;
    assert!(now.starts_with(&leaves), "leaves stay");
    let told = archive.run(&BEFORE);
    assert_eq!(told.out, "nothing is older\n", "{told:?}");
    let guards = "select count(*) from pg_event_trigger
        where evtname like 'bulkhead_history%' and evtenabled = 'A'";
    assert_eq!(archive.world.number(guards).await, 2);
    let admin = &archive.world.admin;
    let emptied = admin.batch_execute("truncate audit.events_2026_03").await;
    assert!(emptied.is_err(), "a month is emptied by nobody else");
}

#[tokio::test]
async fn what_was_proven_before_months_expired_stays_proven() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let kept = archive.folder.join("kept.txt");
    fs::write(&kept, archive.note().await).expect("there is room");
    let state = archive.folder.join("verified.json");
    let state = state.to_str().expect("our paths are ASCII");
    let (code, told) = archive.verify(&["--since", state]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(archive.run(&BEFORE).code, 0);
    // What tells of it is not sealed yet.
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    let bundle = archive.folder.join("early");
    let bundle = bundle.to_str().expect("our paths are ASCII");
    let early = archive.run(&["export", "--tenant", "acme", bundle]);
    assert!(
        early.err.contains("when the next one is signed"),
        "{early:?}"
    );
    archive.seal().await;
    let against = kept.to_str().expect("our paths are ASCII");
    for arguments in [
        &["--tenant", "acme", "--against", against][..],
        &["--since", state],
        &[],
    ] {
        let (code, told) = archive.verify(arguments);
        assert_eq!(code, 0, "{arguments:?}: {told}");
        assert!(told.contains("of 19 only the leaves are left"), "{told}");
    }
    let sql = archive.sql().await;
    assert!(sql.starts_with("intact"), "{sql}");
    let bundle = archive.exported_as("bundle");
    let told = archive.check(&bundle);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(other(&bundle).0, 0, "{}", other(&bundle).1);
}

#[tokio::test]
async fn who_reads_the_history_is_told_what_expired() {
    let archive = Archive::expired().await;
    let sql = format!(
        "select p.content from audit.events e
        join audit.event_pii p on (p.tenant_id, p.event_id) = (e.tenant_id, e.id)
        where e.action = 'history.expire' and e.tenant_id = '{}'",
        id("acme")
    );
    let row = archive.world.admin.query_one(&sql, &[]).await.expect("one");
    let told: Value = serde_json::from_str(row.get(0)).expect("it is JSON");
    assert_eq!(told["before"], "2026-04-01T00:00:00.000000Z");
    let leaves = told["leaves"].as_array().expect("stretches");
    assert_eq!(leaves.len(), 19, "none lies beside another: {told}");
    assert!(told["size"].as_u64() > leaves[18][1].as_u64(), "{told}");
}

#[tokio::test]
async fn what_is_not_proven_elsewhere_does_not_expire() {
    let mut archive = Archive::with_old_events().await;
    let refused = |archive: &Archive, why: &str| {
        for arguments in [&BEFORE[..], &[&BEFORE[..], &["--dry-run"]].concat()] {
            let told = archive.run(arguments);
            assert_eq!(told.code, 1, "{told:?}");
            assert!(told.err.contains(why), "{told:?}");
        }
    };
    refused(&archive, "it is not sealed");
    let anchors = std::mem::take(&mut archive.config.audit.anchors);
    archive.seal().await;
    refused(&archive, "no anchored checkpoint covers it");
    archive.config.audit.anchors = anchors;
    archive.seal().await;
    let change = "alter table audit.events disable trigger t10_append_only;
        update audit.events set outcome = 'denied' where id = (
            select min(id::text)::uuid from audit.events where action = 'x.old');
        alter table audit.events enable always trigger t10_append_only";
    archive.world.tamper(change).await;
    refused(&archive, "it is not what was sealed");
    assert_eq!(archive.world.number(LEFT).await, 20);
    let told = archive.run(&["expire", "--before", "2999-01"]);
    assert!(
        told.err.contains("--before: that month has not begun yet"),
        "{told:?}"
    );
    for month in ["2026-13", "2026-4", "2026", "2026-04-01", "soon"] {
        let told = archive.run(&["expire", "--before", month]);
        assert!(
            told.err.contains("a month is written 2026-05"),
            "{month}: {told:?}"
        );
    }
}

#[tokio::test]
async fn only_what_expired_may_be_missing() {
    for (what, change, found) in [
        (
            "another event is deleted",
            "delete from audit.events where id = (select max(id::text)::uuid from audit.events
                where action = 'x.old')",
            "is gone",
        ),
        (
            "an event says that more has expired than did",
            "update audit.event_pii p set content = replace(content, '[[', '[[0,3],[')
                from audit.events e where e.id = p.event_id and e.action = 'history.expire'",
            "were changed",
        ),
        (
            "what expired is not told any more",
            "delete from audit.event_pii p using audit.events e
                where e.id = p.event_id and e.action = 'history.expire'",
            "is gone",
        ),
        (
            "who told of it is gone",
            "delete from audit.events where action = 'history.expire'",
            "is gone",
        ),
        (
            "what was said of persons comes back",
            "insert into audit.event_pii (tenant_id, event_id, person, content)
                select l.tenant_id, l.event_id, l.event_id, '{}' from audit.leaves l
                where not exists (select from audit.events e where e.id = l.event_id) limit 1",
            "is gone",
        ),
    ] {
        let archive = Archive::expired().await;
        archive.world.tamper(&format!("{UNLOCKED} {change}")).await;
        let (code, told) = archive.verify(&[]);
        assert_eq!(code, 1, "{what}: {told}");
        assert!(told.contains(found), "{what}: {told}");
        let sql = archive.sql().await;
        assert!(sql.starts_with("tampered"), "{what}: {sql}");
    }
}
