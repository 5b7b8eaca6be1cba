//! A data folder of its own and the program run over it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// A machine with an empty data folder, gone when dropped.
pub struct Machine {
    pub folder: tempfile::TempDir,
}

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

/// The samples ingested once and undisturbed, shared by the tests that only read.
pub fn ingested() -> &'static Machine {
    static INGESTED: OnceLock<Machine> = OnceLock::new();
    INGESTED.get_or_init(|| {
        let machine = Machine::new();
        let output = machine.run(&["ingest", path(&samples())]);
        assert_eq!(output.status.code(), Some(3), "two samples are broken on purpose: {}", text(&output));
        machine
    })
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

impl Machine {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagemill"));
        command
            .args(arguments)
            .env("PAGEMILL__DATA_DIR", self.folder.path().join("data"))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub fn json_lines(&self, arguments: &[&str]) -> Vec<Value> {
        self.ok(arguments).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        self.json_lines(arguments).remove(0)
    }
}

/// A folder with some of the samples.
pub fn folder_with(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        std::fs::copy(samples().join(name), folder.path().join(name)).expect("copied");
    }
    folder
}
