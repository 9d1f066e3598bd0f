//! Rebuilds when a migration or a definition is added: the embedding macros only see files they already know.

fn main() {
    for folder in ["migrations", "sql"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
