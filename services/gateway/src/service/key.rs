//! `pagemill-gateway key`: a new key, and what the configuration says of it.
#![allow(clippy::print_stdout, reason = "a command for people")]

use crate::new_key;
use std::process::ExitCode;

/// Prints a key and the entry that lets it in.
pub fn print_new_key() -> ExitCode {
    let new = new_key();
    println!("The key, for whoever uses it. It is kept nowhere; hand it on by a safe way:");
    println!();
    println!("  {}", new.key);
    println!();
    println!(
        "For the gateway's configuration, with the collections that it may read and write (\"*\" for all):"
    );
    println!();
    println!("  [[gateway.keys]]");
    println!("  name = \"who uses it\"");
    println!("  hash = \"{}\"", new.hash);
    println!("  read = [\"default\"]");
    println!("  write = []");
    ExitCode::SUCCESS
}
