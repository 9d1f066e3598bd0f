//! Asking DNS: every resolver for itself, with signatures checked here and not believed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::rr::{Name as DnsName, RData, Record, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use tokio::time::timeout;

use super::answer::Answer;
use super::name::Name;
use crate::config;
use crate::error::{Error, Result};

/// Where a claim's record stands. Not on the domain's own name: that one holds other people's
/// texts, and may not be an alias's.
const CHALLENGE: &str = "_bulkhead-challenge";

/// The longest that one resolver may take to answer one question, and all of them for one name.
const QUESTION: Duration = Duration::from_secs(3);
const NAME: Duration = Duration::from_secs(15);

/// How much is read of what stands at one name.
const TEXTS: usize = 64;
const TEXT_OCTETS: usize = 512;

/// Of the system's resolvers; an operator may name more.
const RESOLVERS: usize = 3;

/// The resolvers that are asked.
pub struct Dns(Vec<TokioResolver>);

impl Dns {
    /// Those that the environment names, or the system's.
    pub fn new(config: &config::Dns) -> Result<Self> {
        let servers = if config.servers.is_empty() {
            system()?
        } else {
            config.servers.clone()
        };
        let anchors = match &config.trust_anchors {
            None => TrustAnchors::default(),
            Some(path) => TrustAnchors::from_file(path).map_err(|error| {
                let path = path.display();
                Error::refused(format!("BULKHEAD_DNS_TRUST_ANCHORS: {path}: {error}"))
            })?,
        };
        let anchors = Arc::new(anchors);
        let resolvers = servers
            .into_iter()
            .map(|server| resolver(server, Arc::clone(&anchors)));
        resolvers.collect::<Result<_>>().map(Self)
    }

    /// How many there are.
    #[must_use]
    pub fn resolvers(&self) -> usize {
        self.0.len()
    }

    /// What all of them say together of a domain's challenge name.
    pub(super) async fn ask(&self, domain: &Name) -> Answer {
        let Ok(name) = DnsName::from_ascii(format!("{CHALLENGE}.{domain}.")) else {
            // The prefix made it longer than a name can be.
            return Answer::Failed;
        };
        let asked = self.0.iter().map(|resolver| ask(resolver, &name));
        Answer::agreed(join_all(asked).await)
    }
}

fn system() -> Result<Vec<SocketAddr>> {
    let (system, _) = system_conf::read_system_conf()
        .map_err(|error| Error::refused(format!("the system's resolvers: {error}")))?;
    let mut servers = Vec::new();
    for server in system.name_servers() {
        let port = server.connections.first().map_or(53, |first| first.port);
        let address = SocketAddr::new(server.ip, port);
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    servers.truncate(RESOLVERS);
    Ok(servers)
}

fn resolver(server: SocketAddr, anchors: Arc<TrustAnchors>) -> Result<TokioResolver> {
    let connection = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(connection);
    let server = NameServerConfig::new(server.ip(), true, connections.into());
    let mut options = ResolverOpts::default();
    options.validate = true;
    options.edns0 = true;
    // What is remembered would outlive the record, or hide a new one.
    options.cache_size = 0;
    options.preserve_intermediates = true;
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = QUESTION;
    let config = ResolverConfig::from_name_servers(vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .with_trust_anchor(anchors)
        .build()
        .map_err(Error::internal)
}

async fn ask(resolver: &TokioResolver, name: &DnsName) -> Answer {
    match timeout(NAME, resolver.lookup(name.clone(), RecordType::TXT)).await {
        Ok(Ok(found)) => read(name, found.answers()),
        Ok(Err(error)) => without(&error),
        Err(_) => Answer::Failed,
    }
}

/// An alias is not followed. Whoever gets hold of a name that an alias was left pointing at, or
/// that a wildcard points every name at, would prove a domain that is not theirs.
fn read(name: &DnsName, answers: &[Record]) -> Answer {
    let is_alias = |record: &Record| record.record_type() == RecordType::CNAME;
    if answers.iter().any(is_alias) {
        return Answer::Alias;
    }
    let mut signed = true;
    let mut texts = Vec::new();
    for record in answers.iter().filter(|record| record.name == *name) {
        let RData::TXT(text) = &record.data else {
            continue;
        };
        match record.proof {
            Proof::Secure => {}
            Proof::Insecure => signed = false,
            Proof::Bogus | Proof::Indeterminate => return Answer::Bogus,
        }
        texts.extend(legible(&text.txt_data.concat()));
    }
    texts.truncate(TEXTS);
    // Nothing is nobody's proof.
    let signed = signed && !texts.is_empty();
    Answer::Texts { signed, texts }
}

/// Ours are legible, and what is not could stop the database from reading the rest.
fn legible(octets: &[u8]) -> Option<String> {
    let plain = |octet: &u8| (b' '..=b'~').contains(octet);
    let fits = octets.len() <= TEXT_OCTETS && octets.iter().all(plain);
    fits.then(|| String::from_utf8_lossy(octets).into_owned())
}

fn without(error: &NetError) -> Answer {
    let nothing = Answer::Texts {
        signed: false,
        texts: Vec::new(),
    };
    match error {
        NetError::Dns(DnsError::DnssecBogus) => Answer::Bogus,
        NetError::Dns(DnsError::Nsec { proof, .. }) => match proof {
            Proof::Secure | Proof::Insecure => nothing,
            Proof::Bogus | Proof::Indeterminate => Answer::Bogus,
        },
        _ if error.is_no_records_found() => nothing,
        _ => Answer::Failed,
    }
}
