//! URLs of tenants: they lead where anybody could go, or where the operator allows, and what went
//! wrong on the way does not tell what is there.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bulkhead::egress::{Answer, Egress, Lookup, Target, Unreachable};
use futures_util::FutureExt;
use reqwest::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue};

use crate::support::Receiver;

fn egress(allowed: &[&str]) -> Egress {
    let allowed: Vec<_> = allowed.iter().map(|net| net.parse().expect(net)).collect();
    Egress::new(&allowed).expect("a client can be made")
}

/// One for which names have these addresses: those of the first item when it looks up for the
/// first time, and so on, the last for ever. How often it has looked.
fn named(allowed: &[&str], answers: &'static [&[&str]]) -> (Egress, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let at = counted
            .fetch_add(1, Ordering::SeqCst)
            .min(answers.len() - 1);
        let found = answers[at].iter().map(|address| address.parse());
        let found = found.collect::<Result<Vec<IpAddr>, _>>();
        async move { found.map_err(io::Error::other) }.boxed()
    });
    let allowed: Vec<_> = allowed.iter().map(|net| net.parse().expect(net)).collect();
    let egress = Egress::resolving(&allowed, &lookup).expect("a client can be made");
    (egress, asked)
}

fn target(url: &str) -> Target {
    Target::parse(url).unwrap_or_else(|reason| panic!("{url}: {reason}"))
}

async fn get(egress: &Egress, url: &str) -> Result<Answer, Unreachable> {
    egress.get(&target(url), HeaderMap::new()).await
}

/// Whether it was asked and has answered.
async fn reaches(egress: &Egress, url: &str) -> bool {
    match get(egress, url).await {
        Ok(answer) => answer.status() == 200,
        Err(Unreachable) => false,
    }
}

#[tokio::test]
async fn what_is_not_public_is_reached_where_the_operator_allows_it_and_nowhere_else() {
    let receiver = Receiver::start().await;
    let url = receiver.url("/hook");
    let by_name = url.replace("127.0.0.1", "localhost");
    let allowing = egress(&["127.0.0.1/32", "::1/128"]);
    assert!(reaches(&allowing, &url).await);
    assert!(reaches(&allowing, &by_name).await);
    for allowed in [&[][..], &["127.0.0.2/32", "10.0.0.0/8"]] {
        let egress = egress(allowed);
        for url in [&url, &by_name, &url.replace("127.0.0.1", "0x7f.1")] {
            assert!(!reaches(&egress, url).await, "{allowed:?} {url}");
        }
    }
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_name_that_was_good_is_asked_anew_and_refused_once_it_leads_inside() {
    let (outside, inside) = (Receiver::at("127.0.0.2").await, Receiver::start().await);
    let (egress, asked) = named(&["127.0.0.2/32"], &[&["127.0.0.2"], &["127.0.0.1"]]);
    let url = |port: u16| format!("http://flips.example:{port}/hook");
    assert!(reaches(&egress, &url(outside.port())).await);
    assert_eq!(
        asked.load(Ordering::SeqCst),
        1,
        "what is checked is what is used"
    );
    for port in [inside.port(), outside.port()] {
        assert!(!reaches(&egress, &url(port)).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!((outside.received().len(), inside.received().len()), (1, 0));
}

#[tokio::test]
async fn one_bad_address_spoils_a_name() {
    let receiver = Receiver::at("127.0.0.2").await;
    let url = format!("http://both.example:{}/hook", receiver.port());
    let answers: [(&'static [&[&str]], bool); 4] = [
        (&[&["127.0.0.2"]], true),
        (&[&["127.0.0.2", "127.0.0.1"]], false),
        (&[&["127.0.0.2", "8.8.8.8"]], false), // in clear
        (&[&[]], false),
    ];
    for (answers, good) in answers {
        let (egress, _) = named(&["127.0.0.2/32"], answers);
        assert_eq!(reaches(&egress, &url).await, good, "{answers:?}");
    }
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let egress = egress(&["127.0.0.1/32"]);
    let metadata = "http://169.254.169.254/latest/meta-data/";
    for to in [&second.url("/hook"), metadata] {
        let url = first.url(&format!("/elsewhere?to={to}"));
        assert!(!reaches(&egress, &url).await);
    }
    assert!(reaches(&egress, &second.url("/itself")).await);
    assert_eq!(first.received_at("/elsewhere").len(), 2);
    assert_eq!(second.received_at("/hook").len(), 0);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_never_unpacked() {
    let receiver = Receiver::start().await;
    let egress = egress(&["127.0.0.1/32"]);
    let body = async |path: &str, most: usize| {
        let answer = get(&egress, &receiver.url(path)).await;
        answer.expect("it answers").body(most).await
    };
    let whole = "received".len();
    assert_eq!(body("/", whole).await, Ok(b"received".to_vec()));
    assert_eq!(body("/", whole - 1).await, Err(Unreachable));
    let since = Instant::now();
    assert_eq!(body("/endless", 1_000_000).await, Err(Unreachable));
    assert!(since.elapsed() < Duration::from_secs(5), "it stops reading");
    assert_eq!(body("/packed", 100).await, Ok(b"not unpacked".to_vec()));
    let asked = receiver.received_at("/packed");
    assert!(!asked[0].headers.contains_key("accept-encoding"));
}

#[tokio::test]
async fn what_is_sent_arrives_and_nothing_is_kept_for_the_next() {
    let receiver = Receiver::start().await;
    let egress = egress(&["127.0.0.1/32"]);
    let target = target(&receiver.url("/hook?key=1"));
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/plain"))]);
    for status in [200, 500] {
        receiver.answer(status);
        let answer = egress.post(&target, headers.clone(), "a body").await;
        assert_eq!(answer.expect("it answers").status(), status);
    }
    let all = receiver.received();
    assert_eq!(all.len(), 2);
    for one in all {
        assert_eq!(one.body, "a body");
        assert_eq!(one.headers[ACCEPT], "text/plain");
        assert!(!one.headers.contains_key(COOKIE), "it was given one");
    }
}

/// What differs is how long it takes: that is accepted, and said in the README.
#[tokio::test]
async fn whatever_goes_wrong_is_told_in_the_same_words() {
    let receiver = Receiver::start().await;
    let egress = egress(&["127.0.0.1/32"]);
    let free = Receiver::start().await.url("/nobody-listens");
    let since = Instant::now();
    let mut told = Vec::new();
    for url in [
        &receiver.url("/silent"),
        &receiver.url("/elsewhere?to=http://169.254.169.254/"),
        &receiver.url("/").replace("http://", "https://"),
        &free,
        "http://127.0.0.3/",
        "https://10.0.0.1/",
        "https://[::ffff:169.254.169.254]/",
        "https://nobody.invalid/",
        "http://8.8.8.8/",
    ] {
        let answer = get(&egress, url).await;
        told.push(answer.err().unwrap_or_else(|| panic!("{url} answers")));
    }
    let long = get(&egress, &receiver.url("/endless")).await;
    told.push(long.expect("it answers").body(1).await.expect_err("long"));
    assert!(since.elapsed() < Duration::from_secs(25), "silence ends");
    let texts: Vec<String> = told.iter().map(|one| format!("{one} {one:?}")).collect();
    let same = "the URL can not be reached, or does not answer as it must Unreachable";
    assert!(texts.iter().all(|text| text == same), "{texts:#?}");
}
