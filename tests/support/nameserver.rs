//! A name server on loopback that is asked as a resolver is: a signed root, and zones below it.
//!
//! Each domain is a zone of its own that is not signed, as most are. What ends in `signed.example`
//! stands in the root itself; the zone of `bogus.example` ought to be signed, and is not.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::dnssec::NxProofKind;
use hickory_server::net::runtime::{Time, TokioRuntimeProvider};
use hickory_server::proto::dnssec::crypto::Ed25519SigningKey;
use hickory_server::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_server::proto::dnssec::{DigestType, DnssecSigner, SigningKey};
use hickory_server::proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneType};
use tokio::net::{TcpListener, UdpSocket};
use uuid::Uuid;

const TTL: u32 = 3600;
const SIGNED: &str = "signed.example";
const BOGUS: &str = "bogus.example";

type Zone = InMemoryZoneHandler<TokioRuntimeProvider>;

/// The texts of a name, each as the strings that it is cut into; or the name it is an alias of.
#[derive(Clone)]
enum Entry {
    Texts(Vec<Vec<String>>),
    Alias(String),
}

/// By zone and name.
type Entries = BTreeMap<(String, String), Entry>;

/// Answers until it is dropped.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    /// A file with the key of its root.
    pub(crate) anchors: PathBuf,
    key: Vec<u8>,
    entries: Entries,
    zones: Zones,
    _server: Server<Zones>,
}

impl NameServer {
    pub(crate) async fn start() -> Self {
        let key = Ed25519SigningKey::generate_pkcs8().expect("there is randomness");
        Self::signing_with(key.secret_pkcs8_der().to_vec()).await
    }

    /// Another one, whose root is signed with the same key.
    pub(crate) async fn start_as(other: &Self) -> Self {
        Self::signing_with(other.key.clone()).await
    }

    async fn signing_with(key: Vec<u8>) -> Self {
        let anchors = format!("anchors-{}", Uuid::new_v4().simple());
        let anchors = Path::new(env!("CARGO_TARGET_TMPDIR")).join(anchors);
        let line = format!(". {TTL} IN DNSKEY {}\n", root_key(&key));
        fs::write(&anchors, line).expect("the file can be written");
        let entries = Entries::new();
        let zones = Zones(Arc::new(Mutex::new(catalogs(&entries, &key))));
        let (socket, listener, address) = loop {
            let socket = UdpSocket::bind(("127.0.0.1", 0)).await.expect("loopback");
            let address = socket.local_addr().expect("it has an address");
            if let Ok(listener) = TcpListener::bind(address).await {
                break (socket, listener, address);
            }
        };
        let mut server = Server::new(zones.clone());
        server.register_socket(socket);
        server.register_listener(listener, Duration::from_secs(5), 4096);
        Self {
            address,
            anchors,
            key,
            entries,
            zones,
            _server: server,
        }
    }

    /// Puts texts at the challenge name of a domain.
    pub(crate) fn publish(&mut self, domain: &str, texts: &[&[&str]]) {
        let texts = texts.iter();
        let texts = texts.map(|text| text.iter().map(|part| (*part).to_owned()).collect());
        self.set(domain, Some(Entry::Texts(texts.collect())));
    }

    /// Makes the challenge name of a domain an alias of another's.
    pub(crate) fn alias(&mut self, domain: &str, other: &str) {
        let other = format!("_bulkhead-challenge.{other}.");
        self.set(domain, Some(Entry::Alias(other)));
    }

    /// Takes away what is at the challenge name of a domain; its zone stays.
    pub(crate) fn withdraw(&mut self, domain: &str) {
        self.set(domain, None);
    }

    fn set(&mut self, domain: &str, entry: Option<Entry>) {
        let at = (domain.to_owned(), format!("_bulkhead-challenge.{domain}."));
        match entry {
            Some(entry) => self.entries.insert(at, entry),
            None => self.entries.insert(at, Entry::Texts(Vec::new())),
        };
        *self.zones.0.lock().expect("nobody panics in here") = catalogs(&self.entries, &self.key);
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.anchors);
    }
}

/// All zones, and the root alone: it is who says of a zone whether it is signed.
type Catalogs = [Arc<Catalog>; 2];

#[derive(Clone)]
struct Zones(Arc<Mutex<Catalogs>>);

#[async_trait::async_trait]
impl RequestHandler for Zones {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        response: R,
    ) -> ResponseInfo {
        let of_parent = request
            .request_info()
            .is_ok_and(|info| info.query.query_type() == RecordType::DS);
        let catalogs = self.0.lock().expect("nobody panics in here").clone();
        let catalog = &catalogs[usize::from(of_parent)];
        catalog.handle_request::<R, T>(request, response).await
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

fn signing_key(key: &[u8]) -> Ed25519SigningKey {
    Ed25519SigningKey::from_pkcs8(&key.to_vec().into()).expect("it was one when it was made")
}

fn root_key(key: &[u8]) -> DNSKEY {
    let public = signing_key(key).to_public_key();
    DNSKEY::from_key(&public.expect("every key has one"))
}

fn zone(origin: &str, proof: Option<NxProofKind>) -> Zone {
    let mut zone = Zone::empty(name(origin), ZoneType::Primary, AxfrPolicy::Deny, proof);
    let server = name("ns.example.");
    let soa = SOA::new(server.clone(), server.clone(), 1, 60, 60, 600, TTL);
    add(&mut zone, origin, RData::SOA(soa));
    add(&mut zone, origin, RData::NS(NS(server)));
    zone
}

fn add(zone: &mut Zone, at: &str, data: RData) {
    zone.upsert_mut(Record::from_rdata(name(at), TTL, data), 1);
}

fn fill(zone: &mut Zone, at: &str, entry: &Entry) {
    match entry {
        Entry::Alias(other) => add(zone, at, RData::CNAME(CNAME(name(other)))),
        Entry::Texts(texts) => {
            for parts in texts {
                add(zone, at, RData::TXT(TXT::new(parts.clone())));
            }
        }
    }
}

fn catalogs(entries: &Entries, key: &[u8]) -> Catalogs {
    let mut root = zone(".", Some(NxProofKind::Nsec));
    let mut below: BTreeMap<&str, Zone> = BTreeMap::new();
    for ((domain, at), entry) in entries {
        if domain.ends_with(SIGNED) {
            // This server can sign that a name is missing only where the one above it is not.
            let text = TXT::new(vec!["here".to_owned()]);
            add(&mut root, &format!("{domain}."), RData::TXT(text));
            fill(&mut root, at, entry);
            continue;
        }
        let origin = format!("{domain}.");
        add(&mut root, &origin, RData::NS(NS(name("ns.example."))));
        if domain.ends_with(BOGUS) {
            let key = signing_key(key).to_public_key().expect("it has one");
            let ds = DS::from_key(&key, &name(&origin), DigestType::SHA256).expect("a digest");
            add(&mut root, &origin, RData::DNSSEC(DNSSECRData::DS(ds)));
        }
        let zone = below.entry(domain).or_insert_with(|| zone(&origin, None));
        fill(zone, at, entry);
    }
    let day = Duration::from_hours(24);
    let signer = DnssecSigner::new(root_key(key), Box::new(signing_key(key)), Name::root(), day);
    root.add_zone_signing_key_mut(signer)
        .expect("it is the zone's");
    root.secure_zone_mut().expect("it can be signed");
    let root = Arc::new(root);
    let mut all = Catalog::new();
    let mut parents = Catalog::new();
    all.upsert(Name::root().into(), vec![root.clone()]);
    parents.upsert(Name::root().into(), vec![root]);
    for (domain, zone) in below {
        all.upsert(name(&format!("{domain}.")).into(), vec![Arc::new(zone)]);
    }
    [Arc::new(all), Arc::new(parents)]
}
