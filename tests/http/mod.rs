//! The service as a client meets it: every promise of its HTTP interface.

mod bodies;
mod errors;
mod failures;
mod idempotency;
mod lifecycle;
mod limits;
mod pages;
mod parameters;
mod preconditions;
pub(crate) mod process;
mod proxy;
mod routes;
mod secrets;
mod tenancy;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answered, Reply, Server, World, id};

const DOCUMENTS: &str = "/v1/documents";
/// Must not come back.
const CANARY: &str = "canary-5b1d";

async fn create(server: &Server, body: &str) -> Reply {
    let request = server.by("acme.owner", "POST", DOCUMENTS);
    let request = request.header("content-type", "application/json");
    request.body(body.to_owned()).answer().await
}

fn document(title: &str) -> Value {
    json!({ "workspace_id": id("acme/workspace/plans"), "title": title })
}

/// What comes back for bytes that no well-behaved client sends.
async fn raw(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    // It may answer and close before it has read everything.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let end = tokio::time::Instant::now() + Duration::from_secs(5);
    while let Ok(Ok(read)) = tokio::time::timeout_at(end, stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
        if read == 0 || answer.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8(answer).expect("answers are UTF-8")
}

fn head(server: &Server, method: &str, path: &str) -> String {
    let token = server.world.token("acme.owner");
    format!("{method} {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n")
}

/// Neither the row, nor the words of Postgres, nor the names of what it is made of.
fn discreet(refused: &Reply) {
    let words = [
        CANARY,
        "violates",
        "constraint \"",
        "row",
        "relation",
        "SQLSTATE",
        "DETAIL",
    ];
    for word in words {
        assert!(!refused.body.contains(word), "{word}: {}", refused.body);
    }
}

/// Holds acme's roadmap until the admin's transaction ends: whoever changes it waits.
async fn hold_roadmap(world: &World) {
    let roadmap = id("acme/document/roadmap");
    let hold = format!("begin; select from tenant.documents where id = '{roadmap}' for update");
    world.arrange(hold).await;
}
