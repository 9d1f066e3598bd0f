//! What every promise is tried with: a Postgres, a database of one's own, tenants in it, and
//! people who act there.

mod act;
mod bucket;
mod catalog;
mod chromium;
mod cluster;
mod database;
mod dice;
mod directory;
mod door;
mod golden;
mod guard;
mod hostile_provider;
mod listener;
mod nameserver;
mod oidc_provider;
mod pooler;
mod receiver;
mod sealer;
mod server;
mod setting;
mod signing;
mod throwaway;
mod witness;
mod world;

pub(crate) use act::{Act, Answer, Refusal, outcome};
pub(crate) use bucket::{Buckets, buckets};
pub(crate) use catalog::{Relation, Sample, relations};
pub(crate) use chromium::show;
pub(crate) use database::Database;
pub(crate) use dice::Dice;
pub(crate) use directory::{APP, APP_SECRET, Mood, OutsideDirectory};
pub(crate) use door::{Door, caller};
pub(crate) use golden::assert_golden;
pub(crate) use guard::{GUARDED, UNGUARDED, unguarded};
pub(crate) use hostile_provider::{DOCUMENT, HostileProvider};
pub(crate) use listener::listener;
pub(crate) use nameserver::NameServer;
pub(crate) use oidc_provider::{Visit, oidc_provider};
pub(crate) use pooler::Pooler;
pub(crate) use receiver::{Received, Receiver};
pub(crate) use sealer::{Sealer, UNSEALED, seal};
pub(crate) use server::{Answered, Reply, SEALING_KEY, Server, client, environment};
pub(crate) use setting::{long, seed};
pub(crate) use signing::Signer;
pub(crate) use throwaway::left_out;
pub(crate) use witness::Witness;
pub(crate) use world::{
    PEOPLE, SHUT_OUT, TENANTS, World, enter, enter_by, entering, hash, id, literal, person,
};
