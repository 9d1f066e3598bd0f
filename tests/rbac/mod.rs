//! Rights: every permission is granted and refused, nobody gives more than they have, and what
//! is listed is what would be allowed.

mod catalogue;
mod cases;
mod escalation;
mod last_owner;
mod listing;
mod scopes;
mod shares;
