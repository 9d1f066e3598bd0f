//! Isolation: nobody reaches a row of a tenant they are not in.

mod matrix;
mod unprivileged;
