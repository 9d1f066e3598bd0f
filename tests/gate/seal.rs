//! The seal: made a second time here, to see all that it covers.

use sha2::{Digest, Sha256};

use crate::support::{World, id, outcome};

/// Puts a context where the gate puts it, as any client can.
fn wear(context: &str) -> String {
    format!("select set_config('app.context', '{context}', true)")
}

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
        let digits = seal
            .iter()
            .fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        format!("{}{digits}{payload}", self.kid)
    }
}

/// The key in hand, all that is left is which backend and which transaction it is made for.
#[tokio::test]
async fn the_seal_covers_the_backend_and_the_start_of_the_transaction() {
    let world = World::sealed().await;
    let seal = Seal::key(&world).await;
    let act = world.act("acme.owner").await;
    let worn = "select current_setting('app.context')";
    let made = act.must(worn).await.one();
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
        let answer = act.run("select app.tenant_id()").await;
        let how = format!("pid {other_pid}, start {other_start}");
        assert_eq!(outcome(&answer), "42501 context_forged", "{how}");
    }
    let theirs = made.replace(
        &id("acme").simple().to_string(),
        &id("globex").simple().to_string(),
    );
    act.must(wear(&seal.of(&theirs[72..], pid, start))).await;
    assert_eq!(
        act.must("select app.tenant_id()").await.one(),
        id("globex").to_string(),
        "whoever holds a seal key is any tenant: so nobody reads one"
    );
}
