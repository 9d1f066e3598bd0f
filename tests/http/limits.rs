//! Limits: nobody uses up another's share, and nobody can pretend to be somebody else for it.

use std::time::Duration;

use bulkhead::token::{Kind, mint};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::scim::{USERS, by, directory};
use crate::support::{Answered, Reply, Server};

/// So that a request comes from where `X-Forwarded-For` says.
const BEHIND_A_PROXY: (&str, &str) = ("BULKHEAD_TRUSTED_PROXIES", "127.0.0.0/8");

fn lines(reply: &Reply, name: &str) -> Vec<String> {
    let values = reply.headers.get_all(name).iter();
    values
        .map(|value| value.to_str().expect("ASCII").to_owned())
        .collect()
}

/// What a refusal for too many requests must say.
fn assert_limited(reply: &Reply, within: u64) {
    assert_eq!(reply.refusal(), "429 rate_limited");
    let wait: u64 = reply
        .header("retry-after")
        .expect("when to retry")
        .parse()
        .expect("seconds");
    assert!((1..=within).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_tenant_has_one_share_for_all_its_callers_and_none_of_another_s() {
    let server = Server::with(&[("BULKHEAD_TENANT_RATE_PER_MINUTE", "3")]).await;
    for (who, left) in [
        ("acme.owner", 2),
        ("acme.viewer", 1),
        ("acme.owner session", 0),
    ] {
        let request = server
            .by(who, "GET", "/v1/documents")
            .header("bulkhead-tenant", "acme");
        let answer = request.answer().await.must(200);
        let policy = lines(&answer, "ratelimit-policy");
        assert_eq!(
            policy,
            ["\"tenant\";q=3;w=60", "\"address\";q=1000000;w=60"]
        );
        let state = &lines(&answer, "ratelimit")[0];
        assert!(
            state.starts_with(&format!("\"tenant\";r={left};t=")),
            "{state}"
        );
    }
    for who in ["acme.owner", "acme.outsider"] {
        let refused = server.get(who, "/v1/documents").await;
        assert_limited(&refused, 20);
        assert!(lines(&refused, "ratelimit")[0].starts_with("\"tenant\";r=0;t="));
    }
    server.get("globex.owner", "/v1/documents").await.must(200);
}

/// Else anybody could shut a tenant out by naming it.
#[tokio::test]
async fn a_stranger_uses_up_no_tenant_s_share() {
    let server = Server::with(&[("BULKHEAD_TENANT_RATE_PER_MINUTE", "3")]).await;
    for _ in 0..6 {
        for who in ["globex.owner session", "acme.revoked", "acme.expired"] {
            let request = server
                .by(who, "GET", "/v1/documents")
                .header("bulkhead-tenant", "acme");
            let refused = request.answer().await;
            assert!(
                [401, 403].contains(&refused.status),
                "{who}: {}",
                refused.body
            );
        }
    }
    server.get("acme.owner", "/v1/documents").await.must(200);
}

#[tokio::test]
async fn an_address_has_a_share_whoever_calls_from_it() {
    let server = Server::with(&[("BULKHEAD_IP_RATE_PER_MINUTE", "4")]).await;
    server.get("acme.owner", "/v1/me").await.must(200);
    server.get("globex.owner", "/v1/me").await.must(200);
    server.request("GET", "/v1/me").answer().await.must(401);
    let last = server.request("GET", "/nothing").answer().await.must(404);
    assert!(lines(&last, "ratelimit")[0].starts_with("\"address\";r=0;t="));
    for path in ["/v1/me", "/nothing", "/openapi.json"] {
        assert_limited(&server.get("acme.owner", path).await, 15);
    }
    // Whoever watches the service is not shut out by whoever floods it.
    for path in ["/healthz", "/readyz", "/metrics"] {
        server.request("GET", path).answer().await.must(200);
    }
}

async fn forwarded(server: &Server, hops: &[&str]) -> Reply {
    let request = server.request("GET", "/v1/me");
    let request = hops.iter().fold(request, |request, hops| {
        request.header("x-forwarded-for", *hops)
    });
    request.answer().await
}

#[tokio::test]
async fn without_a_trusted_proxy_a_forwarded_address_is_anybody_s_claim() {
    let server = Server::with(&[("BULKHEAD_IP_RATE_PER_MINUTE", "2")]).await;
    forwarded(&server, &["198.51.100.1"]).await.must(401);
    forwarded(&server, &["198.51.100.2"]).await.must(401);
    forwarded(&server, &["198.51.100.3"]).await.must(429);
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_about_the_hop_before_it_and_nobody_about_the_rest() {
    let settings = [
        ("BULKHEAD_IP_RATE_PER_MINUTE", "1"),
        ("BULKHEAD_TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8"),
    ];
    let server = Server::with(&settings).await;
    forwarded(&server, &["198.51.100.1"]).await.must(401);
    // The same client: further left is what it wrote itself, 10.0.0.0/8 is ours.
    for same in [
        &["198.51.100.1"] as &[_],
        &["203.0.113.99, 198.51.100.1"],
        &["198.51.100.1, 10.1.2.3"],
        &["203.0.113.98", "198.51.100.1:4711, 10.1.2.3"],
        &["::ffff:198.51.100.1"],
    ] {
        assert_limited(&forwarded(&server, same).await, 60);
    }
    forwarded(&server, &["198.51.100.1, 198.51.100.2"])
        .await
        .must(401);
    // A customer of IPv6 holds a whole network.
    forwarded(&server, &["2001:db8:1:2::1"]).await.must(401);
    forwarded(&server, &["2001:db8:1:2:ffff::7"])
        .await
        .must(429);
    forwarded(&server, &["2001:db8:1:3::1"]).await.must(401);
    // The proxy itself, and what it could not vouch for.
    forwarded(&server, &[]).await.must(401);
    forwarded(&server, &["198.51.100.77, unknown"])
        .await
        .must(429);
}

/// A read of somebody's, by a proxy for `client`.
fn from(server: &Server, client: &str, who: &str) -> RequestBuilder {
    let request = server.by(who, "GET", "/v1/documents");
    request.header("x-forwarded-for", client)
}

/// Sends requests by half until one more is refused, and gives up what keeps them so.
async fn crowded(
    half_sent: impl AsyncFn(usize) -> TcpStream,
    one_more: impl AsyncFn() -> Reply,
) -> Vec<TcpStream> {
    let mut held = Vec::new();
    loop {
        held.push(half_sent(held.len()).await);
        let answer = one_more().await;
        if answer.status == 429 {
            assert!(answer.body.contains("too_many_at_once"), "{}", answer.body);
            assert_eq!(answer.header("retry-after"), Some("1"));
            return held;
        }
        answer.must(200);
        assert!(held.len() < 100, "nobody is refused");
    }
}

/// Asks until there is room again.
async fn served_again(one_more: impl AsyncFn() -> Reply) {
    for _ in 0..200 {
        let answer = one_more().await;
        if answer.status != 429 {
            answer.must(200);
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("a place was kept");
}

#[tokio::test]
async fn an_address_that_sends_slowly_keeps_nobody_else_out() {
    let server = Server::with(&[BEHIND_A_PROXY, ("BULKHEAD_IP_AT_ONCE", "3")]).await;
    let token = server.world.token("acme.owner");
    let one_more = async || from(&server, "198.51.100.1", "globex.owner").answer().await;
    let half_sent = async |_| {
        server
            .half_sent(token, "/v1/documents", "198.51.100.1")
            .await
    };
    let held = crowded(half_sent, one_more).await;
    assert!(held.len() >= 3, "{}", held.len());
    for who in ["globex.owner", "acme.owner"] {
        let elsewhere = from(&server, "198.51.100.2", who).answer().await;
        elsewhere.must(200);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let watching = server
            .request("GET", path)
            .header("x-forwarded-for", "198.51.100.1");
        watching.answer().await.must(200);
    }
    drop(held);
    served_again(one_more).await;
}

#[tokio::test]
async fn a_tenant_that_sends_slowly_from_everywhere_keeps_no_other_out() {
    let server = Server::with(&[BEHIND_A_PROXY, ("BULKHEAD_TENANT_AT_ONCE", "2")]).await;
    let token = server.world.token("acme.owner");
    let one_more = async || {
        from(&server, "198.51.100.250", "acme.viewer")
            .answer()
            .await
    };
    let half_sent = async |at| {
        let client = format!("198.51.100.{at}");
        server.half_sent(token, "/v1/documents", &client).await
    };
    let held = crowded(half_sent, one_more).await;
    let other = from(&server, "198.51.100.250", "globex.owner")
        .answer()
        .await;
    other.must(200);
    drop(held);
    served_again(one_more).await;
}

#[tokio::test]
async fn directories_that_send_slowly_keep_no_other_tenants_out_nor_their_own_people() {
    let settings = [
        BEHIND_A_PROXY,
        ("BULKHEAD_SCIM_AT_ONCE", "2"),
        ("BULKHEAD_TENANT_AT_ONCE", "1"),
    ];
    let server = Server::with(&settings).await;
    let (_, one) = directory(&server, "acme.owner", "one").await;
    let (_, two) = directory(&server, "acme.owner", "two").await;
    let (_, other) = directory(&server, "globex.owner", "other").await;
    let one_more = async || by(&server, &two, "GET", USERS).answer().await;
    let half_sent = async |_| server.half_sent(&one, USERS, "198.51.100.1").await;
    let held = crowded(half_sent, one_more).await;
    by(&server, &other, "GET", USERS).answer().await.must(200);
    from(&server, "198.51.100.1", "acme.owner")
        .answer()
        .await
        .must(200);
    drop(held);
    served_again(one_more).await;
}

/// Before its body is there.
#[tokio::test]
async fn a_directorys_token_that_opens_nothing_holds_no_place() {
    let server = Server::start().await;
    let unknown = mint(Kind::Directory).expect("randomness").0;
    let token = unknown.expose_secret();
    let mut stream = server.half_sent(token, USERS, "198.51.100.1").await;
    let mut answer = [0; 12];
    let read = stream.read_exact(&mut answer).await;
    read.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 401");
}
