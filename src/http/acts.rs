//! What a request is called in the history, and what it leaves there beside its changes: that it
//! was refused, or that it read what is sensitive.

use axum::extract::{MatchedPath, Query, Request};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::db::{Act, Caller};
use crate::error::{Error, Problem, Result};
use crate::http::routes::{EXPORTED, TOLD};
use crate::http::{App, Media};

/// Of a filter's value: longer ones find nothing.
const VALUE_LENGTH: usize = 200;

/// Last words of a path that are no things, but what is done to one.
const VERBS: [&str; 9] = [
    "accept", "approve", "deny", "resend", "rotate", "switch", "test", "transfer", "verify",
];

/// Where a page begins says nothing of what was looked for.
const CURSOR: &str = "cursor";

/// What somebody asked for, kept while it is answered: what it is called is worked out only where
/// it leaves something.
pub(crate) struct Asked {
    method: Method,
    route: Option<MatchedPath>,
    uri: Uri,
    form: Media,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            uri: request.uri().clone(),
            form: Media::of(request.headers()),
        }
    }

    /// Waits until the read is in the history: what can not be told there is not answered.
    pub(crate) async fn record_read(
        &self,
        app: &App,
        caller: &Caller,
        answer: StatusCode,
    ) -> Result<()> {
        let reads = matches!(self.method, Method::GET | Method::HEAD);
        if !(reads && answer.is_success() && TOLD.contains(&self.route())) {
            return Ok(());
        }
        let act = self.act();
        let asked = act.thing.is_none().then(|| parameters(&self.uri));
        let recorded = app.db.record_read(caller, &act, asked.as_deref()).await;
        recorded.map_err(|error| match error {
            Error::Unauthorized { .. } | Error::Forbidden { .. } => error,
            error => Error::unavailable("read_not_recorded", error),
        })
    }

    /// Leaves a refusal to be told, without waiting for it.
    pub(crate) fn note_refusal(&self, app: &App, caller: &Caller, answer: &Response) {
        if matches!(
            answer.status(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ) {
            let problem = answer.extensions().get::<Problem>();
            let code = problem.map_or("", |problem| &*problem.code);
            app.db.note_refusal(caller, self.act(), code);
        }
    }

    fn act(&self) -> Act {
        Act {
            name: name(&self.method, self.route(), self.form),
            thing: thing(self.uri.path()),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("", MatchedPath::as_str)
    }
}

/// `PATCH /v1/workspace-members/{id}` is `workspace_member.update`; `app.acts()` lists them all.
fn name(method: &Method, route: &str, form: Media) -> String {
    let whole = EXPORTED.contains(&route) && form != Media::Page;
    let verb = route.rsplit('/').next().filter(|last| VERBS.contains(last));
    let route = verb.map_or(route, |verb| &route[..route.len() - verb.len() - 1]);
    let (path, tail) = match route.strip_suffix("/tail") {
        Some(path) => (path, true),
        None => (route, false),
    };
    let words: Vec<&str> = path
        .split('/')
        .skip(2)
        .filter(|word| !word.starts_with('{'))
        .collect();
    let one = |word: &&str| match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    };
    let nouns: Vec<String> = words.iter().map(one).collect();
    let noun = nouns.join("_").replace('-', "_");
    let is_one = route.ends_with('}') || words.last().is_none_or(|word| !word.ends_with('s'));
    let verb = match *method {
        Method::POST => verb.unwrap_or("create"),
        Method::PATCH | Method::PUT => "update",
        Method::DELETE => "delete",
        _ if tail => "tail",
        _ if whole => "export",
        _ if is_one => "read",
        _ => "list",
    };
    format!("{noun}.{verb}")
}

/// What the path names.
fn thing(path: &str) -> Option<Uuid> {
    path.rsplit('/').find_map(|part| part.parse().ok())
}

fn parameters(uri: &Uri) -> String {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    // What can not be read is refused.
    let pairs = pairs.map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
    let asked = pairs.into_iter().filter(|(name, _)| name != CURSOR);
    let asked: Map<String, Value> = asked
        .map(|(name, value)| {
            let value: String = value.chars().take(VALUE_LENGTH).collect();
            (name, value.into())
        })
        .collect();
    Value::Object(asked).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::routes::v1;
    use crate::schema::DEFINITIONS;

    #[test]
    fn a_request_goes_by_a_noun_and_a_verb() {
        for (method, route, called) in [
            (Method::GET, "/v1/audit/events", "audit_event.list"),
            (Method::HEAD, "/v1/audit/events/{id}", "audit_event.read"),
            (
                Method::PATCH,
                "/v1/workspace-members/{id}",
                "workspace_member.update",
            ),
            (Method::POST, "/v1/api-keys", "api_key.create"),
            (Method::DELETE, "/v1/members/{user_id}", "member.delete"),
            (Method::POST, "/v1/domains/{id}/verify", "domain.verify"),
            (
                Method::POST,
                "/v1/join-requests/{id}/deny",
                "join_request.deny",
            ),
            (
                Method::POST,
                "/v1/members/{user_id}/transfer",
                "member.transfer",
            ),
            (Method::POST, "/v1/invitations/accept", "invitation.accept"),
            (
                Method::POST,
                "/v1/scim-directories/{id}/rotate",
                "scim_directory.rotate",
            ),
            (Method::GET, "/v1/me", "me.read"),
            (Method::GET, "/v1/me/tenants", "me_tenant.list"),
            (Method::POST, "/v1/me/switch", "me.switch"),
            (Method::DELETE, "/v1/me/membership", "me_membership.delete"),
            (Method::GET, "/v1/audit/events/tail", "audit_event.tail"),
            (
                Method::GET,
                "/v1/audit/events/{id}/proof",
                "audit_event_proof.read",
            ),
            (Method::GET, "/v1/audit/checkpoint", "audit_checkpoint.read"),
        ] {
            assert_eq!(name(&method, route, Media::Page), called);
        }
        for (route, called) in [
            ("/v1/audit/events", "audit_event.export"),
            ("/v1/documents", "document.list"),
        ] {
            assert_eq!(name(&Method::GET, route, Media::Csv), called);
        }
    }

    /// A refusal that goes by another name is one of which the history is told nothing.
    #[test]
    fn every_route_goes_by_an_act_that_the_history_knows() {
        let (_, acts) = DEFINITIONS
            .iter()
            .find(|(file, _)| *file == "functions/acts.sql")
            .expect("they are defined there");
        let described = v1().into_openapi();
        for (route, item) in &described.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            for (method, _) in operations.iter().filter(|(_, one)| one.is_some()) {
                let act = name(method, route, Media::Page);
                let (noun, verb) = act.split_once('.').expect("a noun and a verb");
                let usual = ["list", "read", "create", "update", "delete"].contains(&verb);
                let known = usual && acts.contains(&format!("'{noun}'"));
                assert!(
                    known || acts.contains(&format!("'{act}'")),
                    "{method} {route}: {act}"
                );
            }
        }
    }
}
