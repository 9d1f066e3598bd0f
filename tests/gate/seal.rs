//! The seal: made a second time here, to see all that it covers, and that nobody else can.

use bulkhead::config::Plane;
use sha2::{Digest, Sha256};

use super::{assert_forged, context, wear};
use crate::support::{Act, World, hash, id};

/// HMAC-SHA-256 as RFC 2104 has it, written a second time.
struct Seal {
    inner: Vec<u8>,
    outer: Vec<u8>,
    kid: String,
}

impl Seal {
    async fn key(world: &World) -> Self {
        let text = "select kid, inner_pad, outer_pad from platform.seal_keys
            where retires_at is null";
        let row = world
            .admin
            .query_one(text, &[])
            .await
            .expect("one key seals");
        Self {
            kid: row.get(0),
            inner: row.get(1),
            outer: row.get(2),
        }
    }

    fn of(&self, payload: &str, pid: i32, start: i64) -> String {
        let inner = Sha256::new()
            .chain_update(&self.inner)
            .chain_update(payload)
            .chain_update(pid.to_be_bytes())
            .chain_update(start.to_be_bytes())
            .finalize();
        let seal = Sha256::new()
            .chain_update(&self.outer)
            .chain_update(inner)
            .finalize();
        let digits: String = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}{digits}{payload}", self.kid)
    }
}

/// The key in hand, all that is left is which backend and which transaction it is made for.
#[tokio::test]
async fn the_seal_covers_the_backend_and_the_start_of_the_transaction() {
    let world = World::start().await;
    let seal = Seal::key(&world).await;
    let act = world.act("acme.owner").await;
    let made = context(&act).await;
    let pid: i32 = act
        .must("select pg_backend_pid()")
        .await
        .one()
        .parse()
        .expect("a number");
    let start = "select ('x' || encode(timestamptz_send(now()), 'hex'))::bit(64)::bigint";
    let start: i64 = act.must(start).await.one().parse().expect("a number");
    assert_eq!(
        made,
        seal.of(&made[72..], pid, start),
        "this is how a seal is made"
    );
    for (other_pid, other_start) in [(pid + 1, start), (pid, start + 1), (pid, 0), (0, start)] {
        act.must(wear(&seal.of(&made[72..], other_pid, other_start)))
            .await;
        assert_forged(&act, &format!("pid {other_pid}, start {other_start}")).await;
    }
    let theirs = made.replace(&id("acme").to_string(), &id("globex").to_string());
    act.must(wear(&seal.of(&theirs[72..], pid, start))).await;
    assert_eq!(
        act.must("select app.tenant_id()").await.one(),
        id("globex").to_string(),
        "whoever holds a seal key is any tenant: so nobody reads one"
    );
}

/// Were the keys readable, all else would be in vain.
#[tokio::test]
async fn no_plane_reads_a_seal_key_or_makes_a_seal() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let login = world.database.login(plane).await;
        let act = Act::begin(login, Default::default(), "begin").await;
        for theft in [
            "select * from platform.seal_keys",
            "select kid from platform.seal_keys",
            "select seal_keys from platform.seal_keys",
            "copy platform.seal_keys to stdout",
            "update platform.seal_keys set retires_at = null",
            "insert into platform.seal_keys (kid, inner_pad, outer_pad)
                values ('00000000', '', '')",
            "select app.seal('', '', '')",
        ] {
            let refusal = act.run(theft).await.expect_err(theft);
            assert_eq!(refusal.sqlstate, "42501", "{}: {theft}", plane.role());
        }
    }
    let stolen = format!(
        "select {} = hash from platform.credentials",
        hash("acme.owner")
    );
    let act = world.act("acme.owner").await;
    assert_eq!(
        act.run(stolen)
            .await
            .expect_err("hashes are hidden")
            .sqlstate,
        "42501"
    );
}
