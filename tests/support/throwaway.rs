//! Real servers that a script starts, and that end with this process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::setting::setting;

/// What `scripts/NAME throwaway` runs.
pub(super) struct Throwaway {
    /// The words of the line that it prints.
    pub(super) words: Vec<String>,
    /// Ends when its input is closed, which it is with this process.
    _process: Child,
}

impl Throwaway {
    /// Fails without as many words as a server that runs prints; `without` is the variable of
    /// whoever can do without it.
    pub(super) fn start(script: &str, words: usize, without: &str) -> Self {
        let mut process = Command::new(format!("{}/scripts/{script}", env!("CARGO_MANIFEST_DIR")))
            .arg("throwaway")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("scripts/{script}: {error}"));
        let output = process.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it writes a line");
        let printed: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            printed.len(),
            words,
            "scripts/{script} could not start; the reason is above. Set {without}=1 to leave out \
             what needs it"
        );
        Self {
            words: printed,
            _process: process,
        }
    }
}

/// Whether whoever runs the tests has said that they can do without.
pub(crate) fn left_out(without: &str) -> bool {
    let left_out = setting(without).is_some_and(|value| value == "1");
    if left_out {
        eprintln!("left out, as {without} says");
    }
    left_out
}
