//! The gate: nobody speaks for another, and nobody longer than they may.

mod admission;
mod escape;
mod fields;
mod forgery;
mod liveness;
mod parameter;
mod seal;
mod seal_keys;
mod shadow;
mod shadowing;
