//! What every promise is tried with: a Postgres, a database of one's own, tenants in it, and
//! people who act there.

mod act;
mod catalog;
mod cluster;
mod database;
mod dice;
mod door;
mod golden;
mod listener;
mod pooler;
mod server;
mod setting;
mod world;

pub(crate) use act::{Act, Answer, Refusal, outcome};
pub(crate) use catalog::{Relation, Sample, relations};
pub(crate) use database::Database;
pub(crate) use dice::Dice;
pub(crate) use door::{Door, caller};
pub(crate) use golden::assert_golden;
pub(crate) use listener::listener;
pub(crate) use pooler::Pooler;
pub(crate) use server::{Answered, Reply, Server, client, environment};
pub(crate) use setting::{long, seed};
pub(crate) use world::{PEOPLE, SHUT_OUT, TENANTS, World, enter, entering, hash, id, person};
