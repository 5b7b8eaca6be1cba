//! The index anew from the stored documents: another chunk size in place, another embedder beside the index in use. No PDF
//! is read again: reading is made impossible.

use crate::machine::{Machine, folder_with, path, text};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

const FILES: [&str; 3] = ["supply-contract.pdf", "annual-report-2025.pdf", "인사-규정.pdf"];
/// With this, a PDF that is read is set aside.
const NO_READING: (&str, &str) = ("PAGEMILL__INGEST__READ__MAX_PAGES", "0");
const SMALL_CHUNKS: (&str, &str) = ("PAGEMILL__INGEST__CHUNK_TOKENS", "96");

fn run(machine: &Machine, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    machine.command(arguments).envs(settings.iter().copied()).output().expect("runs")
}

fn ok(machine: &Machine, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = run(machine, arguments, settings);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// The model that is set up, under another name: another embedder, as far as an index can tell.
fn other_model(folder: &Path) -> String {
    let model = pagemill_runtime::home().join("models/multilingual-e5-small");
    let other = folder.join("other-e5");
    std::fs::create_dir(&other).expect("made");
    for file in std::fs::read_dir(model).expect("a model") {
        let file = file.expect("a file").path();
        std::os::unix::fs::symlink(&file, other.join(file.file_name().expect("a name"))).expect("linked");
    }
    path(&other).to_owned()
}

#[test]
fn another_chunk_size_goes_in_place() {
    let (folder, machine, fresh) = (folder_with(&FILES), Machine::new(), Machine::new());
    machine.ok(&["ingest", path(folder.path())]);
    let before = machine.ok(&["export", "chunks"]);
    let said = ok(&machine, &["reindex"], &[SMALL_CHUNKS, NO_READING]);
    assert!(said.contains("3 documents indexed"), "{said}");
    ok(&fresh, &["ingest", path(folder.path())], &[SMALL_CHUNKS]);
    let after = machine.ok(&["export", "chunks"]);
    assert_ne!(after, before);
    assert_eq!(after, fresh.ok(&["export", "chunks"]), "as if it had been ingested so");
    let said = ok(&machine, &["reindex"], &[SMALL_CHUNKS, NO_READING]);
    assert!(said.contains("Nothing to do"), "{said}");
    ok(&machine, &["fsck", "--deep"], &[]);
}

#[test]
fn another_embedder_gets_an_index_beside_the_one_in_use() {
    let (folder, machine) = (folder_with(&FILES), Machine::new());
    let model = other_model(machine.folder.path());
    let other = ("PAGEMILL__EMBEDDER__MODEL", model.as_str());
    machine.ok(&["ingest", path(folder.path())]);
    let before = machine.ok(&["export", "chunks"]);
    let refused = run(&machine, &["search", "termination"], &[other]);
    assert!(!refused.status.success() && text(&refused).contains("pagemill reindex"), "{}", text(&refused));

    // Killed on its way, it leaves the index in use as it was.
    let mut killed = machine.command(&["reindex"]).envs([other, NO_READING]).spawn().expect("runs");
    let (never, signal) = std::sync::mpsc::channel::<()>();
    let _ = signal.recv_timeout(Duration::from_millis(2500));
    drop(never);
    killed.kill().expect("killed");
    if !killed.wait().expect("gone").success() {
        let found = machine.ok(&["search", "termination", "--json"]);
        assert!(found.contains("supply-contract.pdf"), "{found}");
        let said = ok(&machine, &["reindex"], &[other, NO_READING]);
        assert!(said.contains("The new index is in use"), "{said}");
    }
    let found = ok(&machine, &["search", "termination", "--json"], &[other]);
    assert!(found.contains("supply-contract.pdf"), "{found}");
    assert_eq!(ok(&machine, &["export", "chunks"], &[other]), before, "the chunks are the same");
    ok(&machine, &["fsck", "--deep"], &[other]);
    assert!(!machine.folder.path().join("data/index.next").exists(), "the old index is gone");
    assert!(
        !run(&machine, &["search", "termination"], &[]).status.success(),
        "the old embedder is of no use"
    );
}
