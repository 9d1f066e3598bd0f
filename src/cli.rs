//! Commands and flags, nothing else. What the environment sets is in `config.rs`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use uuid::Uuid;

use crate::config::Plane;

mod audit;
mod directory;
mod ttl;
mod user;

pub use audit::{Audit, Verify, VerifyBundle};
pub use directory::Directory;
pub use ttl::Ttl;
pub use user::{Import, User};

/// Runs and administers a Bulkhead platform.
///
/// Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 a check found problems.
#[derive(Debug, Parser)]
#[command(name = "platformctl", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Print machine-readable JSON instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Everything `platformctl` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer requests until told to stop
    Serve,
    /// Bring the database up to this program, and check it
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Logins of the planes
    #[command(subcommand)]
    Login(Login),
    /// Tenants: the isolated customers
    #[command(subcommand)]
    Tenant(Tenant),
    /// Users: one canonical human each, whatever tenants they are in
    #[command(subcommand, visible_alias = "users")]
    User(User),
    /// The directory outside that is told of users, where one is configured
    #[command(subcommand)]
    Directory(Directory),
    /// API keys, each bound to a member of one tenant
    #[command(subcommand)]
    Key(Key),
    /// Keys that seal the context of a transaction
    #[command(subcommand)]
    Seal(Seal),
    /// The history: sealed, anchored, verified
    #[command(subcommand)]
    Audit(Audit),
    /// What the database makes of a principal
    #[command(subcommand)]
    Context(Context),
    /// Check the database that the environment points at, and say what to do
    ///
    /// Looks through `BULKHEAD_ADMIN_DATABASE_URL` and `BULKHEAD_API_DATABASE_URL`, whichever
    /// are set, and changes nothing. Exits with 3 when a check fails; warnings alone leave 0.
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Logins of the planes.
#[derive(Debug, Subcommand)]
pub enum Login {
    /// Set a plane's password, read as one line from standard input
    SetPassword {
        /// Whose password
        plane: Plane,
    },
}

/// Tenants: the isolated customers.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Create a tenant and its first owner
    Create {
        /// Its DNS label; it never changes and is never given out again
        slug: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Where its data lives
        #[arg(long)]
        region: Option<String>,
        /// Whether it is an organization or one person's account
        #[arg(long, value_enum, default_value_t)]
        kind: TenantKind,
        /// The e-mail address of the first owner, found or made as a user
        #[arg(long, value_name = "EMAIL")]
        owner: String,
        /// The first owner's name
        #[arg(long, value_name = "NAME")]
        owner_name: Option<String>,
    },
    /// List tenants by slug
    List {
        /// Begin behind this slug
        #[arg(long, value_name = "SLUG")]
        after: Option<String>,
        /// How many.
        #[command(flatten)]
        most: Most,
    },
    /// Shut a tenant: from its members' next statement on, nobody is let in
    Suspend {
        /// Which
        slug: String,
    },
    /// Open a tenant that was suspended or is closing
    Resume {
        /// Which
        slug: String,
    },
    /// Let a tenant insist on its own sign-in no longer: when nobody can come in by it
    LiftSso {
        /// Which
        slug: String,
    },
}

/// What a tenant is.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum TenantKind {
    /// Several people.
    #[default]
    Organization,
    /// One person.
    Personal,
}

/// API keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make an API key and print its secret, this once
    Create {
        /// The slug of the tenant it is bound to
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The e-mail address of the member it acts for
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// A permission it may use; repeat for more. Without any, all that its user holds
        #[arg(long = "scope", value_name = "PERMISSION")]
        scopes: Vec<String>,
        /// How long it lives, such as 12h or 90d
        #[arg(long, default_value = "90d")]
        ttl: Ttl,
    },
    /// List the API keys of a tenant, oldest first
    List {
        /// The slug of the tenant
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Begin behind this key
        #[arg(long, value_name = "ID")]
        after: Option<Uuid>,
        /// How many.
        #[command(flatten)]
        most: Most,
    },
    /// End an API key or a session, at once and for good
    Revoke {
        /// The credential's id, never its secret
        id: Uuid,
    },
}

/// How much of a list to print.
#[derive(Debug, Clone, Copy, Args)]
pub struct Most {
    /// Print at most this many
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
}

/// Keys that seal the context of a transaction.
#[derive(Debug, Subcommand)]
pub enum Seal {
    /// Put a new key in front; the old one serves a minute longer, so nobody notices
    Rotate,
}

/// What the database makes of a principal.
#[derive(Debug, Subcommand)]
pub enum Context {
    /// Say why a user may, or may not, do something to one row
    ///
    /// Runs the row past every policy, clause by clause, as that user with an unscoped session
    /// would meet them, and undoes all of it. Prints policies and verdicts, never the row.
    Explain(Explain),
}

/// The question that `context explain` answers.
#[derive(Debug, Args)]
pub struct Explain {
    /// The slug of the tenant the user would be in
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The user's e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub user: String,
    /// A table of schema tenant, such as documents
    #[arg(long)]
    pub table: String,
    /// The row's id; of members, the user's
    #[arg(long)]
    pub id: Uuid,
    /// What the user would do to the row; insert asks about a new row just like it
    #[arg(long, value_enum, default_value_t)]
    pub command: RowCommand,
}

/// What can be done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum RowCommand {
    /// Read it.
    #[default]
    Select,
    /// Add one like it.
    Insert,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}
