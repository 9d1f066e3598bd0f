//! A witness, written from the text of C2SP tlog-witness: it remembers the last tree that it has
//! cosigned of each log, and cosigns what goes on from there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use signed_note::{Note, Signature, StandardVerifier, VerifierList};
use tlog_tiles::checkpoint::Checkpoint;
use tlog_tiles::tlog::{Hash, check_tree};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A witness that listens until it is dropped.
pub(crate) struct Witness {
    memory: Arc<Memory>,
    address: String,
    serving: JoinHandle<()>,
}

struct Memory {
    /// The logs' key, and what all their names begin with.
    log: (String, VerifyingKey),
    key: SigningKey,
    known: Mutex<BTreeMap<String, (u64, Hash)>>,
}

const NAME: &str = "witness.example/w1";

impl Witness {
    /// One that takes logs under this public key's name, `name+id+key`, and signs with this seed.
    pub(crate) async fn start(log: &str, seed: u8) -> Self {
        let (name, rest) = log.split_once('+').expect("a name");
        let (_, key) = rest.split_once('+').expect("a key");
        let octets = STANDARD.decode(key).expect("base 64");
        let key = VerifyingKey::try_from(&octets[1..]).expect("Ed25519");
        let memory = Arc::new(Memory {
            log: (format!("{name}/"), key),
            key: SigningKey::from_bytes(&[seed; 32]),
            known: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let router = Router::new()
            .route("/some/where/add-checkpoint", post(add_checkpoint))
            .with_state(Arc::clone(&memory));
        let serve = async { axum::serve(listener, router).await.expect("it serves") };
        Self {
            memory,
            address,
            serving: tokio::spawn(serve),
        }
    }

    /// The anchor that it is, as the configuration names it.
    pub(crate) fn anchor(&self) -> String {
        self.anchor_of(self.memory.key.verifying_key())
    }

    /// The same with another one's key.
    pub(crate) fn anchor_as(&self, seed: u8) -> String {
        self.anchor_of(SigningKey::from_bytes(&[seed; 32]).verifying_key())
    }

    fn anchor_of(&self, key: VerifyingKey) -> String {
        let octets = octets(&key);
        let id = signed_note::key_id(NAME, &octets);
        let key = STANDARD.encode(octets);
        format!("http://{}/some/where#{NAME}+{id:08x}+{key}", self.address)
    }

    /// How large the trees are that it knows.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let known = self.memory.known.lock().expect("nobody panics");
        known.values().map(|(size, _)| *size).collect()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn octets(key: &VerifyingKey) -> Vec<u8> {
    [&[4][..], key.as_bytes()].concat()
}

async fn add_checkpoint(State(memory): State<Arc<Memory>>, body: String) -> Response {
    match memory.answer(&body) {
        Ok(cosignature) => cosignature.into_response(),
        Err(No::Because(status)) => status.into_response(),
        Err(No::Size(size)) => {
            let kind = [(CONTENT_TYPE, "text/x.tlog.size")];
            (StatusCode::CONFLICT, kind, format!("{size}\n")).into_response()
        }
    }
}

/// Why something is not cosigned.
enum No {
    Because(StatusCode),
    /// The tree that it knows has this size.
    Size(u64),
}

const BAD: No = No::Because(StatusCode::BAD_REQUEST);

impl Memory {
    fn answer(&self, body: &str) -> Result<Vec<u8>, No> {
        let (asked, note) = body.split_once("\n\n").ok_or(BAD)?;
        let mut lines = asked.lines();
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old: u64 = old.and_then(|old| old.parse().ok()).ok_or(BAD)?;
        let proof: Result<Vec<Hash>, _> = lines.map(Hash::parse_hash).collect();
        let proof = proof.map_err(|_| BAD)?;
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| BAD)?;
        let head = Checkpoint::from_bytes(note.text()).map_err(|_| BAD)?;
        self.trusted(&note, head.origin())?;
        if old > head.size() || proof.len() > 63 {
            return Err(BAD);
        }
        let mut known = self.known.lock().expect("nobody panics");
        let last = known.get(head.origin()).copied();
        let (size, root) = last.unwrap_or((0, Hash::default()));
        if old != size {
            return Err(No::Size(size));
        }
        if old == head.size() && root != *head.hash() {
            return Err(No::Because(StatusCode::CONFLICT));
        }
        let goes_on = match old {
            0 => proof.is_empty(),
            old => check_tree(&proof, head.size(), *head.hash(), old, root).is_ok(),
        };
        if !goes_on {
            return Err(No::Because(StatusCode::UNPROCESSABLE_ENTITY));
        }
        known.insert(head.origin().to_owned(), (head.size(), *head.hash()));
        Ok(self.cosignature(note.text()))
    }

    fn trusted(&self, note: &Note, origin: &str) -> Result<(), No> {
        let (name, key) = &self.log;
        if !origin.starts_with(name.as_str()) {
            return Err(No::Because(StatusCode::NOT_FOUND));
        }
        let key = signed_note::new_ed25519_verifier_key(origin, key);
        let key = StandardVerifier::new(&key).expect("it is one");
        let known = VerifierList::new(vec![Box::new(key)]);
        let verified = note.verify(&known).map(drop);
        verified.map_err(|_| No::Because(StatusCode::FORBIDDEN))
    }

    fn cosignature(&self, text: &[u8]) -> Vec<u8> {
        let time: u64 = 1_700_000_000;
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let signature = self.key.sign(&message).to_bytes();
        let id = signed_note::key_id(NAME, &octets(&self.key.verifying_key()));
        let octets = [&time.to_be_bytes()[..], &signature].concat();
        let signature = Signature::new(NAME.to_owned(), id, octets);
        signature.expect("the name is good").to_bytes()
    }
}
