//! `platformctl directory …`.

use clap::Subcommand;

use super::Most;

/// The directory outside that is told of users.
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Say how many users wait to be told of, and of whom nobody tries to tell any more
    Status {
        /// How many of these.
        #[command(flatten)]
        most: Most,
    },
    /// Try again for a user, or for everybody who was given up
    Retry {
        /// Whom: an e-mail address or an id; also one whom nobody has told of yet
        #[arg(
            value_name = "USER",
            required_unless_present = "all",
            conflicts_with = "all"
        )]
        name: Option<String>,
        /// Everybody who was given up
        #[arg(long)]
        all: bool,
    },
}
