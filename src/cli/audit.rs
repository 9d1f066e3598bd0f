//! `platformctl audit …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The history: sealed, anchored, verified.
///
/// `verify` and `verify-bundle` exit with 0 when all is as it was sealed, with 1 when something was
/// tampered with, and with 2 when that can not be said.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Make the key that signs checkpoints: the secret on standard output, the public half beside
    Key {
        /// What the platform's logs are called, such as `example.com/audit`
        #[arg(long)]
        name: String,
    },
    /// Seal what is committed, sign checkpoints, and anchor them, without end
    Seal {
        /// Once, and end
        #[arg(long)]
        once: bool,
    },
    /// Say that this database was restored, or has taken over: sealing goes on from here
    Declare {
        /// Why, for the history
        #[arg(long)]
        reason: String,
    },
    /// Work every leaf out again, and compare the trees with every checkpoint
    Verify(Verify),
    /// Write a tenant's history and its proof to a directory that can be checked anywhere
    Export {
        /// Whose: a slug, or `platform` for the platform's own
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Where to; it must not be there yet
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Check an exported history: without a database, a network, or trust in whoever wrote it
    VerifyBundle(VerifyBundle),
    /// Erase a person from a tenant's history, for good: events stay, and name nobody any more
    Erase {
        /// Whose history: a slug, or `platform` for the platform's own
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Whom, who is no member any more: an e-mail address, or the id
        #[arg(long, value_name = "EMAIL_OR_ID")]
        user: String,
    },
    /// Let months of the history expire: their events go, leaves and roots stay, an event tells so
    Expire {
        /// The first month that stays
        #[arg(long, value_name = "YYYY-MM", value_parser = month)]
        before: Timestamp,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the proof that an event is in its tenant's tree
    ProveInclusion {
        /// Whose: a slug, or `platform`
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The event
        event: Uuid,
    },
    /// Print the proof that the tree of a checkpoint you have is the beginning of today's
    ProveConsistency {
        /// Whose: a slug, or `platform`
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The size that checkpoint names
        #[arg(long)]
        from: u64,
    },
}

/// What `audit verify` looks at.
#[derive(Debug, Args)]
pub struct Verify {
    /// Only this tenant: a slug, or `platform` for the platform's own history
    #[arg(long, value_name = "SLUG")]
    pub tenant: Option<String>,
    /// A file with a signed checkpoint that was kept elsewhere
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
    /// The public key, `name+id+key`; else that of `BULKHEAD_AUDIT_KEY_FILE`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Verify what is new since the last time, and each time a part of what is old, as this file
    /// remembers it. Keep it out of the database's reach; without it there, all is verified
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// So many seconds may events wait to be sealed and anchored before that is worth an exit code
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub allow_lag: u32,
}

/// What `audit verify-bundle` looks at.
#[derive(Debug, Args)]
pub struct VerifyBundle {
    /// The exported directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The public key, as you know it from elsewhere than this directory
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The public key of a witness who must have cosigned it, besides `--key`
    #[arg(long, value_name = "KEY")]
    pub witness: Vec<String>,
    /// A file with a signed checkpoint that you have kept
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
}

/// When a month begins, by UTC, as partitions do.
fn month(text: &str) -> Result<Timestamp, String> {
    let begins = format!("{text}-01").parse::<Date>().ok();
    let begins = begins.filter(|_| text.len() == 7);
    let begins = begins.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    let begins = begins.map(|moment| moment.timestamp());
    begins.ok_or_else(|| "a month is written 2026-05".to_owned())
}
