//! What two answers may differ in although nobody else's data is in them: as little as possible.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Reply, World, relations};

/// Headers that are not compared, and why.
const HEADERS: [(&str, &str); 4] = [
    ("content-length", "follows from the body, which is compared"),
    ("date", "the moment of the answer"),
    (
        "ratelimit",
        "the share of requests fills up again by the clock",
    ),
    ("traceparent", "each request is a new step of its trace"),
];
/// Members of a body that are not compared, and why.
const MEMBERS: [(&str, &str); 4] = [
    (
        "last_used_at",
        "written in batches, each service by a clock of its own",
    ),
    ("record_text", "random, and every claim's own"),
    ("secret", "random, and shown once"),
    ("token", "the same"),
];

/// What was there before anything was asked, in either world. Any other id was made by the
/// answers, and any moment after this one is one of theirs.
pub(super) struct Normal {
    known: BTreeSet<Uuid>,
    since: String,
    until: String,
}

impl Normal {
    pub(super) async fn of(worlds: [&World; 2]) -> Self {
        let mut known = BTreeSet::new();
        for world in worlds {
            for table in relations(&world.admin).await {
                let form = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
                let sql = format!(
                    "select distinct m[1]::uuid
                        from {} x, regexp_matches(x::text, '({form})', 'g') m",
                    table.name
                );
                let rows = world.admin.query(&sql, &[]).await.expect("all can be read");
                known.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
            }
        }
        let moment = async |later: &str| {
            let sql = format!(
                "select to_char((clock_timestamp() + interval '{later}') at time zone 'utc',
                    'YYYY-MM-DD HH24:MI:SS')"
            );
            let row = worlds[0].admin.query_one(&sql, &[]).await;
            row.expect("there is a clock").get(0)
        };
        let (since, until) = (moment("0").await, moment("1 hour").await);
        Self {
            known,
            since,
            until,
        }
    }

    /// A text with ids and moments of its own replaced. `made` are the ids that were answered to
    /// a request that makes something, in the order of the requests: adding a person by e-mail
    /// may answer that of a user who was there, and nobody can tell.
    pub(super) fn text(&self, text: &str, made: &[Uuid]) -> String {
        let (mut out, mut fresh, mut rest) = (String::new(), Vec::new(), text);
        while let Some(first) = rest.chars().next() {
            let taken = if let Some(id) = uuid(rest) {
                if let Some(at) = made.iter().position(|one| *one == id) {
                    write!(out, "<made {at}>").expect("any text");
                } else if self.known.contains(&id) {
                    out += &rest[..36];
                } else {
                    let at = fresh.iter().position(|one| *one == id);
                    let at = at.unwrap_or(fresh.len());
                    write!(out, "<new {at}>").expect("any text");
                    fresh.push(id);
                }
                36
            } else if let Some(taken) = self.moment(rest) {
                out += "<now>";
                taken
            } else {
                out.push(first);
                first.len_utf8()
            };
            rest = &rest[taken..];
        }
        out
    }

    /// The length of a moment at the beginning, if it is one of the answers' own.
    fn moment(&self, text: &str) -> Option<usize> {
        let head = text.get(..19).filter(|head| head.starts_with("20"))?;
        let head = head.replace('T', " ");
        let formed = head
            .bytes()
            .zip(b"dddd-dd-dd dd:dd:dd")
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                form => byte == *form,
            });
        if !formed || head < self.since || head > self.until {
            return None;
        }
        let tail = text[19..].find(|c: char| !(c.is_ascii_digit() || ".Z+".contains(c)));
        Some(tail.map_or(text.len(), |tail| 19 + tail))
    }

    /// All a client is told by an answer.
    pub(super) fn reply(&self, reply: &Reply, made: &[Uuid]) -> String {
        let mut headers: Vec<String> = reply
            .headers
            .iter()
            .filter(|(name, _)| HEADERS.iter().all(|(left, _)| name.as_str() != *left))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        let body = match serde_json::from_str::<Value>(&reply.body) {
            Ok(mut body) => {
                plain(&mut body);
                body.to_string()
            }
            Err(_) => reply.body.clone(),
        };
        let whole = format!("{}\n{}\n{body}", reply.status, headers.join("\n"));
        self.text(&whole, made)
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    let head = text.get(..36).filter(|head| head.as_bytes()[8] == b'-')?;
    head.parse().ok()
}

/// Without what is not compared, and with cursors as what they hold.
fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(members) => {
            members.retain(|name, _| MEMBERS.iter().all(|(left, _)| name != left));
            if let Some(cursor) = members.get("next_cursor").and_then(Value::as_str) {
                let held = opened(cursor);
                members.insert("next_cursor".to_owned(), held);
            }
            members.values_mut().for_each(plain);
        }
        _ => {}
    }
}

/// What a cursor holds.
pub(super) fn opened(cursor: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).expect("cursors are base 64");
    serde_json::from_slice(&bytes).expect("cursors hold JSON")
}

/// A cursor that holds this.
pub(super) fn closed(held: &Value) -> String {
    URL_SAFE_NO_PAD.encode(held.to_string())
}
