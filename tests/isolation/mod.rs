//! Isolation: nobody reaches, counts, links to or changes a row of a tenant they are not in.

mod channels;
mod context;
mod functions;
mod fuzz;
mod grants;
mod interference;
mod keys;
mod lanes;
mod matrix;
mod oracles;
mod order;
mod policies;
mod pooler;
mod residue;
mod unprivileged;
mod writes;
