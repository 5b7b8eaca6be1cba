//! Where set-up puts libraries and models. In: the environment. Out: a folder, which need not exist.

use std::path::PathBuf;

/// `PAGEMILL_HOME`, or `pagemill` in the user's data folder.
pub fn home() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("PAGEMILL_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("pagemill")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/pagemill")))
        .unwrap_or_else(|| PathBuf::from("pagemill"))
}
