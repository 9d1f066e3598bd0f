//! Cursors: the sort key of the last item seen, in a form that nobody is tempted to read.
//!
//! So pages neither repeat nor skip a row that stays in place while others come and go. A cursor
//! grants nothing: row security still decides what a page shows.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longer than the longest sort key we make, escaped and encoded.
const LENGTH: usize = 8192;
pub(crate) const NOT_OURS: &str = "is not a cursor of this list with this sort and these filters";

/// Where a page ended, and of which list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    pub(crate) after: String,
    pub(crate) id: Uuid,
    /// Names the list; see `page::Bound`.
    pub(crate) of: String,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("strings become JSON");
        URL_SAFE_NO_PAD.encode(json)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let short = Some(text)
            .filter(|text| text.len() <= LENGTH)
            .ok_or(NOT_OURS)?;
        let json = URL_SAFE_NO_PAD.decode(short).map_err(|_| NOT_OURS)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| NOT_OURS)?;
        Some(cursor)
            .filter(|cursor| !cursor.after.contains('\0'))
            .ok_or(NOT_OURS)
    }
}
