//! The gate: nobody speaks for another, and nobody longer than they may.

mod admission;
mod fields;
mod forgery;
mod liveness;
mod seal_keys;
mod shadowing;
