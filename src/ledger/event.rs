//! An event as it is exported, and as the octets that are hashed.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An exported event. What is missing is null, and what is unknown an error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/audit.md explains each")]
pub struct Event<'a> {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub schema_version: i16,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    #[serde(borrow)]
    pub actor_type: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<Uuid>,
    #[serde(borrow)]
    pub db_role: Cow<'a, str>,
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    #[serde(borrow)]
    pub outcome: Cow<'a, str>,
    #[serde(borrow)]
    pub resource_type: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_columns: Option<Vec<String>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub policy_version: Cow<'a, str>,
    pub count: i64,
}

/// Types of columns, by which Postgres's binary rows name them.
const UUID: u32 = 2950;
const BYTEA: u32 = 17;
const INT2: u32 = 21;
const INT8: u32 = 20;
const TIMESTAMPTZ: u32 = 1184;

/// From 1970 to 2000, where Postgres begins to count, in microseconds.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// Columns of the record.
const COLUMNS: u32 = 24;

impl Event<'_> {
    /// The record of `app.event_record()`. None where the version of the policies is not
    /// hexadecimal.
    #[must_use]
    pub fn record(&self) -> Option<Vec<u8>> {
        let mut row = Row(Vec::with_capacity(512));
        row.0.extend(COLUMNS.to_be_bytes());
        row.uuid(Some(self.tenant_id));
        row.uuid(Some(self.id));
        row.column(INT2, Some(&self.schema_version.to_be_bytes()));
        row.moment(self.occurred_at);
        row.moment(self.recorded_at);
        row.text(Some(&self.actor_type));
        row.uuid(self.actor);
        row.uuid(self.agent_id);
        row.uuid(self.credential_id);
        row.text(Some(&self.db_role));
        row.text(Some(&self.action));
        row.text(Some(&self.outcome));
        row.text(Some(&self.resource_type));
        row.uuid(self.resource_id);
        row.uuid(self.workspace_id);
        row.uuid(self.subject);
        let columns = self.changed_columns.as_ref();
        row.text(columns.map(|names| array(names)).as_deref());
        row.text(self.request_id.as_deref());
        row.text(self.trace_id.as_deref());
        row.text(self.span_id.as_deref());
        row.text(self.route.as_deref());
        row.text(self.app_version.as_deref());
        row.column(
            BYTEA,
            Some(&base16ct::lower::decode_vec(&*self.policy_version).ok()?),
        );
        row.column(INT8, Some(&self.count.to_be_bytes()));
        Some(row.0)
    }
}

struct Row(Vec<u8>);

impl Row {
    fn column(&mut self, kind: u32, value: Option<&[u8]>) {
        self.0.extend(kind.to_be_bytes());
        match value {
            None => self.0.extend((-1_i32).to_be_bytes()),
            Some(value) => {
                let length = u32::try_from(value.len()).expect("Postgres has no longer ones");
                self.0.extend(length.to_be_bytes());
                self.0.extend(value);
            }
        }
    }

    fn uuid(&mut self, value: Option<Uuid>) {
        self.column(UUID, value.as_ref().map(|id| id.as_bytes().as_slice()));
    }

    fn text(&mut self, value: Option<&str>) {
        self.column(BYTEA, value.map(str::as_bytes));
    }

    fn moment(&mut self, value: Timestamp) {
        let micros = value.as_microsecond() - POSTGRES_EPOCH;
        self.column(TIMESTAMPTZ, Some(&micros.to_be_bytes()));
    }
}

/// As `array_to_json` writes names: JSON without spaces.
fn array(names: &[String]) -> String {
    serde_json::to_string(names).expect("texts are JSON")
}
