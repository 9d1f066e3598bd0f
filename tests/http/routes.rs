//! Every route × everybody who should be refused, and the owner who should not.
//!
//! Routes come from the service's own description, so a route added tomorrow is tested tomorrow;
//! what each of them answers is kept in `golden/routes.txt`.

use std::fs;

use bulkhead::config::Plane;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

mod samples;

use samples::{body, fill, needed, resolve};

use crate::support::{
    Answered, Reply, SEALING_KEY, Sealer, Server, World, assert_golden, id, literal,
};

/// Who tries, in this order: the owner, whose attempts have effects, comes last.
const CALLERS: [(&str, Option<&str>); 9] = [
    ("nobody", None),
    ("malformed", None),
    ("unknown", None),
    ("expired", Some("acme.expired")),
    ("revoked", Some("acme.revoked")),
    ("globex.owner", Some("globex.owner")),
    ("viewer", Some("acme.viewer")),
    ("outsider", Some("acme.outsider")),
    ("owner", Some("acme.owner")),
];
/// How those present themselves who hold nothing: the second has a valid checksum.
const MALFORMED: &str = "bhk_0000000000000000000000000000000000000000000000000";

struct Route {
    method: String,
    /// As the description has it.
    template: String,
    /// With acme's ids in it.
    path: String,
    /// What its body may hold, if it has one.
    body: Option<Value>,
    documented: Vec<String>,
}

#[tokio::test]
async fn every_route_answers_everybody_as_reviewed() {
    let server = with_worker().await;
    // There is nothing to prove of a history that is not sealed.
    Sealer::of(&server.world).seal(&server.world).await;
    let token = invited(&server.world).await;
    let routes = routes(&server, &token).await;
    let mut cells = vec![vec![String::new(); CALLERS.len()]; routes.len()];
    for at in in_order_of_harm(&routes) {
        for (column, (name, credential)) in CALLERS.into_iter().enumerate() {
            let credential = instead(&routes[at], name).or(credential);
            let reply = attempt(&server, &routes[at], name, credential).await;
            check(&routes[at], name, &reply);
            cells[at][column] = reply.status.to_string();
        }
    }
    let mut lines = vec![
        "What acme's routes answer. Everything in path and body is acme's, whoever asks."
            .to_owned(),
        String::new(),
        line("", &CALLERS.map(|(name, _)| name.to_owned())),
    ];
    let rows = routes.iter().zip(&cells);
    lines.extend(rows.map(|(r, cells)| line(&format!("{} {}", r.method, r.template), cells)));
    assert_golden("routes.txt", &lines.join("\n"));
}

/// Who asks instead: a key is no person, and who is to ask more can neither leave nor hand the
/// tenant on.
fn instead(route: &Route, name: &str) -> Option<&'static str> {
    match (route.template.as_str(), name) {
        ("/v1/me/membership", "owner") => Some("acme.partner"),
        ("/v1/me/membership", "viewer") => Some("acme.teammate"),
        ("/v1/me/membership", "outsider") => Some("acme.sharee"),
        (_, name) if name != "owner" => None,
        ("/v1/sessions" | "/v1/sessions/{id}" | "/v1/me/invitations", _) => {
            Some("acme.owner session")
        }
        ("/v1/invitations/accept", _) => Some("acme.owner session"),
        ("/v1/members/{user_id}/transfer", _) => Some("acme.partner session"),
        ("/v1/me/switch", _) => Some("acme.admin session"),
        _ => None,
    }
}

/// acme's owner proves their address, which initech invites; and acme has another owner. Answers
/// the token.
async fn invited(world: &World) -> String {
    let (token, hash) = bulkhead::token::mint_invitation().expect("the system has randomness");
    let (hash, initech) = (literal(&hash), id("initech"));
    world
        .arrange(format!(
            "insert into platform.identities (connection_id, issuer, subject, user_id)
             values ('{}', 'https://issuer.world.test', 'owner', '{}');
             insert into tenant.invitations (tenant_id, email, role_id, invited_by, hash)
             values ('{initech}', 'acme.owner@example.test', '{}', '{}', {hash});
             update tenant.members set role_id = '{}' where user_id = '{}';
             update platform.credentials set chosen_tenant_id = '{}' where id = '{}'",
            uuid::Uuid::nil(),
            id("acme.owner"),
            id("initech/role/member"),
            id("initech.owner"),
            id("acme/role/owner"),
            id("acme.partner"),
            id("acme"),
            id("acme.partner session"),
        ))
        .await;
    token.expose_secret().to_owned()
}

/// What is left for the worker plane is refused where there is none, and what a sign-in needs where
/// nobody signs in.
async fn with_worker() -> Server {
    let world = World::start().await;
    let config = world.database.config();
    let url = config
        .plane_url(Plane::Worker)
        .expect("every plane has a URL");
    let file = std::env::temp_dir().join(Uuid::new_v4().to_string());
    let issuer = json!({ "name": "home", "issuer": "https://127.0.0.1:1", "client_id": "c" });
    fs::write(&file, json!({ "issuers": [issuer] }).to_string()).expect("a file");
    let settings = [
        ("BULKHEAD_WORKER_DATABASE_URL", url.expose_secret()),
        ("BULKHEAD_SIGN_IN_FILE", file.to_str().expect("UTF-8")),
        ("BULKHEAD_PUBLIC_URL", "https://bulkhead.example"),
        ("BULKHEAD_SEALING_KEY", SEALING_KEY),
    ];
    let server = Server::over(world, &settings).await;
    fs::remove_file(&file).expect("it goes");
    server
}

/// Refusing everybody would pass every other test of refusal.
fn check(route: &Route, caller: &str, reply: &Reply) {
    let what = format!("{} {} by {caller}", route.method, route.path);
    match caller {
        "owner" => assert!(
            reply.status < 300,
            "{what}: {} {}",
            reply.status,
            reply.body
        ),
        "globex.owner" => assert!(!names(reply, "acme"), "{what} shows acme: {}", reply.body),
        "viewer" | "outsider" => {}
        _ => assert_eq!(reply.status, 401, "{what}: {}", reply.body),
    }
    if caller != "globex.owner" {
        assert!(
            !names(reply, "globex"),
            "{what} shows globex: {}",
            reply.body
        );
    }
    let status = reply.status.to_string();
    assert!(
        route.documented.contains(&status),
        "{what}: {status} is not documented"
    );
    if reply.status >= 400 {
        assert_problem(&what, reply);
    }
}

/// All that a tenant owns carries its name: e-mail addresses, slugs, texts.
fn names(reply: &Reply, tenant: &str) -> bool {
    reply.body.to_lowercase().contains(tenant)
}

fn assert_problem(what: &str, reply: &Reply) {
    let media = reply.headers[CONTENT_TYPE].to_str().expect("ASCII");
    assert_eq!(media, "application/problem+json", "{what}");
    let problem = reply.json();
    let kind = format!("urn:bulkhead:problem:{}", reply.text("code"));
    assert_eq!(problem["type"], json!(kind), "{what}");
    assert_eq!(problem["status"], json!(reply.status), "{what}");
    assert_eq!(
        problem["request_id"].as_str(),
        reply.header("x-request-id"),
        "{what}"
    );
    assert!(
        problem["title"].is_string() && problem["detail"].is_string(),
        "{what}"
    );
    assert!(
        problem["instance"]
            .as_str()
            .is_some_and(|path| what.contains(path)),
        "{what}"
    );
}

async fn attempt(server: &Server, route: &Route, name: &str, credential: Option<&str>) -> Reply {
    let mut request = match (credential, name) {
        (Some(credential), _) => server.by(credential, &route.method, &route.path),
        (None, "nobody") => server.request(&route.method, &route.path),
        (None, "malformed") => server
            .request(&route.method, &route.path)
            .bearer_auth(MALFORMED),
        (None, _) => {
            let (token, _) = bulkhead::token::mint(bulkhead::token::Kind::ApiKey).expect("random");
            let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
            server
                .request(&route.method, &route.path)
                .bearer_auth(token)
        }
    };
    if route.method != "GET" {
        request = request.header(IF_MATCH, "*");
    }
    if let Some(body) = &route.body {
        // Names are unique in a tenant, and several callers may create.
        let unique = format!("{}-{name}", route.method)
            .to_lowercase()
            .replace('.', "-");
        let body = body.to_string().replace("NAME", &unique);
        request = request.header(CONTENT_TYPE, "application/json").body(body);
    }
    request.answer().await
}

/// Reads first; then what changes; then what removes, the tenant itself last. `sample` chooses so
/// that nothing goes before its turn with something else that is removed.
fn in_order_of_harm(routes: &[Route]) -> Vec<usize> {
    let rank = |at: usize| match routes[at].method.as_str() {
        "GET" => (0, at),
        "DELETE" if routes[at].template.starts_with("/v1/tenants/") => (4, at),
        // Who leaves is answered nothing more.
        "DELETE" if routes[at].template == "/v1/me/membership" => (3, at),
        "DELETE" => (2, at),
        _ => (1, at),
    };
    let mut order: Vec<usize> = (0..routes.len()).collect();
    order.sort_by_key(|at| rank(*at));
    order
}

fn line(first: &str, cells: &[String]) -> String {
    let cells = CALLERS.iter().zip(cells);
    let cells = cells.map(|((name, _), cell)| format!("{cell:width$}", width = name.len()));
    let cells: Vec<String> = cells.collect();
    format!("{first:38}{}", cells.join("  "))
        .trim_end()
        .to_owned()
}

async fn routes(server: &Server, token: &str) -> Vec<Route> {
    let description = server
        .request("GET", "/openapi.json")
        .answer()
        .await
        .must(200)
        .json();
    let mut routes = Vec::new();
    for (template, operations) in description["paths"].as_object().expect("there are paths") {
        let path = fill(server, template).await;
        for (method, operation) in operations.as_object().expect("a path has operations") {
            let path = path.clone() + needed(operation);
            let documented = operation["responses"]
                .as_object()
                .expect("there are responses");
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            routes.push(Route {
                method: method.to_uppercase(),
                template: template.clone(),
                path,
                body: (!schema.is_null()).then(|| body(resolve(&description, schema), token)),
                documented: documented.keys().cloned().collect(),
            });
        }
    }
    assert!(
        routes.len() > 40,
        "only {} routes are described",
        routes.len()
    );
    routes
}
