//! Members: one person in several tenants, each of which they enter, leave and hand on by itself.

mod keys;
mod leaving;
mod out;
mod ownership;
mod purge;
mod sessions;
mod switching;

use serde_json::json;

use crate::support::{Answered, Reply, Server};

/// What a token's holder is answered, wherever they are.
async fn by(server: &Server, token: &str, method: &str, path: &str) -> Reply {
    let asked = server.request(method, path).bearer_auth(token);
    asked.answer().await
}

async fn switch(server: &Server, token: &str, tenant: &str) -> Reply {
    let asked = server.request("POST", "/v1/me/switch").bearer_auth(token);
    asked.json(&json!({ "tenant": tenant })).answer().await
}
