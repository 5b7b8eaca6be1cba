//! Where `make servers` puts things. In: the environment. Out: paths of programs that exist.
//! A program that is not there is an error that names `make servers`; nothing is looked for on the PATH.

use crate::ServerError;
use std::path::{Path, PathBuf};

/// `PAGEMILL_HOME/servers`, with the same default as the set-up scripts.
fn servers() -> Result<PathBuf, ServerError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("PAGEMILL_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("pagemill")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/pagemill")))
        .map(|home| home.join("servers"))
        .ok_or_else(|| ServerError::new("neither PAGEMILL_HOME nor HOME is set"))
}

/// A file or folder under the servers' folder.
pub(crate) fn installed(path: &str, server: &str) -> Result<PathBuf, ServerError> {
    existing(servers()?.join(path), server)
}

/// The folder of PostgreSQL's server programs: Debian keeps them off the PATH, one folder a major version.
pub(crate) fn postgres_programs() -> Result<PathBuf, ServerError> {
    let root = Path::new("/usr/lib/postgresql");
    let version = |path: &Path| path.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse::<u32>().ok());
    let newest = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").is_file() && path.join("bin/postgres").is_file())
        .max_by_key(|path| version(path));
    match newest {
        Some(path) => Ok(path.join("bin")),
        None => existing(root.join("*/bin/initdb"), "PostgreSQL"),
    }
}

fn existing(path: PathBuf, server: &str) -> Result<PathBuf, ServerError> {
    if path.exists() {
        return Ok(path);
    }
    Err(ServerError(format!(
        "{server} is not installed: there is no {}. Run `make servers`.",
        path.display()
    )))
}
