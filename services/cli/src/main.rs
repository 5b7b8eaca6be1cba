//! `pagemill`: the single-machine binary and the operator's tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    pagemill_cli::main()
}
