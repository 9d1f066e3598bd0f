//! Webhooks: each tenant has the last checkpoint of its own history sent to it, and nobody else's,
//! and whoever does not take it keeps nobody waiting.

use bulkhead::ledger::checkpoint::Verifier;
use bulkhead::ledger::run::Ledger;
use futures_util::future::join;

use super::{Archive, RENAMED, within};
use crate::support::{Received, Receiver, id};

/// Everybody whom it waits for may be asked again.
const PATIENT: &str = "update tenant.audit_webhook_deliveries set next_at = now()";

/// What is known of acme's only webhook: size, failures, and how many seconds until it is asked.
const STATE: &str = "
    select coalesce(delivered_size, 0), failures,
        greatest(round(extract(epoch from next_at - now()))::integer, 0)
    from tenant.audit_webhook_deliveries where tenant_id = $1";

impl Archive {
    /// One whose tenants may name this machine, and have named nothing yet.
    async fn hooked() -> Self {
        let mut archive = Self::unsealed().await;
        archive.config.egress_allow = vec!["127.0.0.1/32".parse().expect("a network")];
        archive
            .world
            .arrange("delete from tenant.audit_webhooks")
            .await;
        archive
    }

    async fn hook(&self, tenant: &str, place: u8, url: &str) {
        let text = format!(
            "insert into tenant.audit_webhooks (tenant_id, place, url, created_by)
            values ('{}', {place}, '{url}', '{}')",
            id(tenant),
            id(&format!("{tenant}.owner"))
        );
        self.world.arrange(text).await;
    }

    /// Seals and signs all there is, and sends it.
    async fn deliver(&self) {
        self.seal().await;
        let ledger = Ledger::open(&self.config).await.expect("it opens");
        ledger.deliver().await.expect("the database answers");
    }

    async fn state(&self) -> (i64, i32, i32) {
        let row = self.world.admin.query_one(STATE, &[&id("acme")]).await;
        let row = row.expect("it was tried");
        (row.get(0), row.get(1), row.get(2))
    }

    /// As `GET /v1/audit/checkpoint` gives it.
    async fn checkpoint(&self, tenant: &str) -> String {
        let text = "select note from app.signed_head($1)";
        let row = self.world.admin.query_one(text, &[&id(tenant)]).await;
        row.expect("it is signed").get(0)
    }
}

fn bodies(received: Vec<Received>) -> Vec<String> {
    received.into_iter().map(|one| one.body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_gets_each_last_checkpoint_of_its_own_and_no_other() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    for tenant in ["acme", "globex"] {
        let path = format!("/{tenant}");
        archive.hook(tenant, 1, &receiver.url(&path)).await;
    }
    archive.deliver().await;
    let first = archive.checkpoint("acme").await;
    archive.deliver().await;
    archive.world.arrange(RENAMED).await;
    archive.seal().await;
    archive.world.arrange(RENAMED).await;
    archive.deliver().await;
    let last = archive.checkpoint("acme").await;
    assert_ne!(first, last);
    // What was never the last when it was sent is not owed.
    assert_eq!(bodies(receiver.received_at("/acme")), [first, last]);
    let key = Verifier::parse(&archive.key()).expect("it is ours");
    for tenant in ["acme", "globex"] {
        let all = receiver.received_at(&format!("/{tenant}"));
        assert_eq!(all.len(), 2);
        for one in all {
            let head = key.open(&one.body).expect("we have signed it");
            assert_eq!(head.tenant, Some(id(tenant)));
            assert_eq!(one.headers["content-type"], "text/plain; charset=utf-8");
        }
    }
    assert_eq!(receiver.received().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_hangs_holds_up_neither_sealing_nor_another_webhook() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    archive.seal().await;
    for place in [1, 2, 3] {
        archive.hook("acme", place, &receiver.url("/silent")).await;
    }
    for place in [1, 2] {
        archive
            .hook("globex", place, &receiver.url("/silent"))
            .await;
    }
    archive.hook("globex", 3, &receiver.url("/globex")).await;
    // Sooner than what is silent is given up.
    let caught_up = async |_| {
        let last = archive.checkpoint("globex").await;
        bodies(receiver.received_at("/globex")).contains(&last)
    };
    archive.goes_on(caught_up).await;
    assert_eq!(receiver.received_at("/silent").len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_makes_webhooks_that_hang_again_and_again_takes_no_more_room_than_a_few_do() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    archive.seal().await;
    let sealing = archive.sealing();
    for round in 1..=5 {
        archive
            .world
            .arrange("delete from tenant.audit_webhooks")
            .await;
        for place in [1, 2, 3] {
            archive.hook("acme", place, &receiver.url("/silent")).await;
        }
        let path = format!("/{round}");
        archive.hook("globex", 1, &receiver.url(&path)).await;
        within(8, "the other waits for it", async || {
            !receiver.received_at(&path).is_empty()
        })
        .await;
    }
    sealing.abort();
    assert!((3..=5).contains(&receiver.received_at("/silent").len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_asked_again_ever_more_rarely_until_it_takes_the_last() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    archive.hook("acme", 1, &receiver.url("/acme")).await;
    receiver.answer(500);
    for (failures, wait) in [(1, 9..=10), (2, 19..=20), (3, 39..=40)] {
        archive.deliver().await;
        let (size, counted, seconds) = archive.state().await;
        assert_eq!((size, counted), (0, failures));
        assert!(wait.contains(&seconds), "{seconds}");
        archive.deliver().await;
        let asked = receiver.received().len();
        assert_eq!(i32::try_from(asked), Ok(failures), "it is not time yet");
        archive.world.arrange(PATIENT).await;
    }
    let long = "update tenant.audit_webhook_deliveries set failures = 1000";
    archive.world.arrange(long).await;
    archive.deliver().await;
    let (_, counted, seconds) = archive.state().await;
    assert_eq!(counted, 1001);
    assert!(
        (3590..=3600).contains(&seconds),
        "an hour at most: {seconds}"
    );
    receiver.answer(204);
    archive.world.arrange(PATIENT).await;
    archive.world.arrange(RENAMED).await;
    archive.deliver().await;
    let last = archive.checkpoint("acme").await;
    assert_eq!(bodies(receiver.received()).last(), Some(&last));
    let covered: i64 = last.lines().nth(1).expect("a size").parse().expect("it");
    assert_eq!(archive.state().await, (covered, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_webhook_or_one_of_a_suspended_tenant_gets_nothing() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    for tenant in ["acme", "globex", "umbra"] {
        let path = format!("/{tenant}");
        archive.hook(tenant, 1, &receiver.url(&path)).await;
    }
    let removed = format!(
        "delete from tenant.audit_webhooks where tenant_id = '{}'",
        id("globex")
    );
    archive.world.arrange(removed).await;
    archive.deliver().await;
    let reached: Vec<String> = receiver
        .received()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(reached, ["/acme"]);
    let resumed = format!(
        "update platform.tenants set state = 'active' where id = '{}'",
        id("umbra")
    );
    archive.world.arrange(resumed).await;
    archive.deliver().await;
    assert_eq!(receiver.received_at("/umbra").len(), 1);
    assert_eq!(receiver.received_at("/globex").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sealers_send_a_checkpoint_once_and_pass_over_what_is_being_removed() {
    let receiver = Receiver::start().await;
    let archive = Archive::hooked().await;
    for tenant in ["acme", "globex", "initech"] {
        archive.hook(tenant, 1, &receiver.url("/hook")).await;
    }
    archive.seal().await;
    let other = archive.world.database.admin().await;
    let removing = format!(
        "begin; delete from tenant.audit_webhooks where tenant_id = '{}'",
        id("initech")
    );
    other.batch_execute(&removing).await.expect("it may");
    let one = Ledger::open(&archive.config).await.expect("it opens");
    let two = Ledger::open(&archive.config).await.expect("it opens");
    let (one, two) = join(one.deliver(), two.deliver()).await;
    one.and(two).expect("nobody waits for who removes");
    assert_eq!(receiver.received().len(), 2);
    other.batch_execute("rollback").await.expect("it may");
    archive.deliver().await;
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sends_too_and_asks_no_proxy_that_its_environment_names() {
    let (receiver, proxy) = (Receiver::start().await, Receiver::start().await);
    let mut archive = Archive::hooked().await;
    archive.hook("acme", 1, &receiver.url("/acme")).await;
    let proxies = ["http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    archive.settings = proxies.map(|name| (name, proxy.url(""))).into();
    let once = async || {
        let told = archive.run(&["seal", "--once"]);
        assert_eq!(told.code, 0, "{told:?}");
        archive
            .world
            .number("select count(*) from audit.checkpoints")
            .await
            > 0
    };
    within(60, "it is never signed", once).await;
    assert_eq!(
        archive.state().await.1,
        1,
        "this machine is not allowed yet"
    );
    let allowed = ("BULKHEAD_EGRESS_ALLOW", "127.0.0.1/32".to_owned());
    archive.settings.push(allowed);
    archive.world.arrange(PATIENT).await;
    let told = archive.run(&["seal", "--once"]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(proxy.received().len(), 0);
}
