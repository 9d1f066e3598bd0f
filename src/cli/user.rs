//! `platformctl user …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Most, Ttl};

/// Users: one canonical human each.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a user, who is in no tenant yet
    Create {
        /// Their e-mail address
        email: String,
        /// What people call them
        #[arg(long)]
        name: String,
    },
    /// List users by e-mail address
    List {
        /// Begin behind this address, or id of who has none
        #[arg(long, value_name = "EMAIL")]
        after: Option<String>,
        /// How many.
        #[command(flatten)]
        most: Most,
    },
    /// Show one user, and by what else they are known
    Show {
        /// Whom: an e-mail address or an id; with --legacy, what that source called them
        #[arg(value_name = "USER")]
        name: String,
        /// The source that USER is an id of, as `user import` was told it
        #[arg(long, value_name = "SOURCE")]
        legacy: Option<String>,
    },
    /// Bring the users of another system along
    ///
    /// Each line of FILE is a JSON object: `legacy_id`, and, where known, `email`,
    /// `email_verified`, `display_name`, `canonical_subject`, `created_at` and `identities`, a list
    /// of `issuer` and `subject`. Run again, it changes nothing; after an interruption, it goes on.
    /// Exits with 3 when lines were refused.
    Import(Import),
    /// Shut a user out of every tenant, from the next statement on
    Deactivate {
        /// Whom: an e-mail address or an id
        #[arg(value_name = "USER")]
        email: String,
    },
    /// Let a deactivated user in again
    Activate {
        /// Whom: an e-mail address or an id
        #[arg(value_name = "USER")]
        email: String,
    },
    /// Mark a user as one who works for the platform: no tenant's sign-in becomes theirs unasked
    Staff {
        /// Whom: an e-mail address or an id
        #[arg(value_name = "USER")]
        email: String,
        /// Not any more
        #[arg(long)]
        remove: bool,
    },
    /// Make a session and print its token, this once
    Session {
        /// For whom: an e-mail address or an id
        #[arg(value_name = "USER")]
        email: String,
        /// How long it lives, such as 30m, 12h or 7d
        #[arg(long, default_value = "12h")]
        ttl: Ttl,
    },
}

/// What `user import` reads, and how.
#[derive(Debug, Args)]
pub struct Import {
    /// A file of JSON objects, one a line
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What the other system is called; its ids are remembered under this name
    #[arg(long, default_value = "legacy", value_parser = source)]
    pub source: String,
    /// Only say what would become of them
    #[arg(long)]
    pub dry_run: bool,
    /// Give up once more lines than this were refused
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub max_errors: u32,
}

/// As `legacy_users_source_format` has it.
fn source(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let rest = |byte: u8| plain(byte) || matches!(byte, b'-' | b'_');
    let first = text.bytes().next().is_some_and(plain);
    if first && text.len() <= 40 && text.bytes().all(rest) {
        return Ok(text.to_owned());
    }
    Err("use 1 to 40 of a-z, 0-9, - and _".to_owned())
}
