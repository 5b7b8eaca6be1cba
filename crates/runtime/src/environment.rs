//! Variables that native libraries read when a program begins: set by beginning again with them, which is the one way that
//! works for libraries that are there before `main`.

use std::os::unix::process::CommandExt;

/// Begins this program again with a variable set, unless it is set already: then nothing is done. Does not return when it
/// begins again.
///
/// # Errors
/// When the program cannot begin again.
pub fn restart_with(variable: &str, value: &str) -> Result<(), String> {
    if std::env::var_os(variable).is_some() {
        return Ok(());
    }
    let mut line = std::env::args_os();
    let mut again = std::process::Command::new("/proc/self/exe");
    if let Some(name) = line.next() {
        again.arg0(name);
    }
    Err(format!("the program could not begin again: {}", again.args(line).env(variable, value).exec()))
}
