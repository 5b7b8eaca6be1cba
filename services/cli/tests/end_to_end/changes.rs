//! The index follows the folder: unchanged files are no work, changed ones are replaced, removed ones leave.

use crate::machine::{Machine, folder_with, path, text};
use serde_json::Value;

fn keys(machine: &Machine) -> Vec<String> {
    let chunks = machine.json_lines(&["export", "chunks"]);
    let mut keys: Vec<String> = chunks.iter().map(|c| c["key"].as_str().expect("a key").to_owned()).collect();
    keys.dedup();
    keys
}

fn summary(machine: &Machine, arguments: &[&str]) -> Value {
    let output = machine.run(&[&["ingest", "--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("a summary: {}", text(&output)))
}

#[test]
fn the_index_follows_the_folder() {
    let folder = folder_with(&["invoice-2025-0417.pdf", "supply-contract.pdf"]);
    let (machine, source) = (Machine::new(), path(folder.path()));
    assert_eq!(summary(&machine, &[source])["counts"]["indexed"], 2);
    let before = machine.ok(&["export", "chunks"]);

    let again = summary(&machine, &[source]);
    assert_eq!((&again["counts"]["due"], &again["counts"]["indexed"]), (&Value::from(0), &Value::from(0)));
    assert!(machine.ok(&["ingest", source]).contains("Nothing to do"));

    // The same bytes with a new time are looked at, not done again.
    let invoice = folder.path().join("invoice-2025-0417.pdf");
    let bytes = std::fs::read(&invoice).expect("read");
    std::fs::write(&invoice, &bytes).expect("written");
    assert_eq!(summary(&machine, &[source])["counts"]["unchanged"], 1);
    assert_eq!(machine.ok(&["export", "chunks"]), before);

    // Other bytes under the same name replace the old chunks exactly.
    std::fs::copy(folder.path().join("supply-contract.pdf"), &invoice).expect("copied");
    assert_eq!(summary(&machine, &[source])["counts"]["indexed"], 1);
    let texts = |key: &str| -> Vec<String> {
        let chunks = machine.json_lines(&["export", "chunks"]);
        chunks.iter().filter(|c| c["key"] == key).map(|c| c["text"].to_string()).collect()
    };
    assert_eq!(texts("invoice-2025-0417.pdf"), texts("supply-contract.pdf"));

    std::fs::remove_file(&invoice).expect("removed");
    assert_eq!(summary(&machine, &[source])["counts"]["gone"], 1);
    assert_eq!(keys(&machine), ["supply-contract.pdf"]);
    assert!(!machine.ok(&["search", "invoice total", "--mode", "keyword"]).contains("invoice-2025"));
}

#[test]
fn an_empty_folder_is_not_believed_without_being_told() {
    let folder = folder_with(&["invoice-2025-0417.pdf"]);
    let (machine, source) = (Machine::new(), path(folder.path()));
    summary(&machine, &[source]);
    std::fs::remove_file(folder.path().join("invoice-2025-0417.pdf")).expect("removed");
    assert!(machine.ok(&["ingest", source]).contains("--allow-empty"));
    assert_eq!(keys(&machine).len(), 1);
    assert_eq!(summary(&machine, &["--allow-empty", source])["counts"]["gone"], 1);
    assert!(keys(&machine).is_empty());
}

#[test]
fn deleted_documents_leave_the_index() {
    let folder = folder_with(&["invoice-2025-0417.pdf", "supply-contract.pdf"]);
    let machine = Machine::new();
    summary(&machine, &[path(folder.path())]);
    assert!(machine.ok(&["delete", "invoice-2025-0417.pdf"]).contains("1 document"));
    assert_eq!(keys(&machine), ["supply-contract.pdf"]);
    let unknown = machine.run(&["delete", "nothing.pdf"]);
    assert!(!unknown.status.success() && text(&unknown).contains("nothing.pdf"));
}

#[test]
fn an_operator_is_told_how_things_stand() {
    let folder = folder_with(&["invoice-2025-0417.pdf", "supply-contract.pdf"]);
    let machine = Machine::new();
    summary(&machine, &[path(folder.path())]);
    assert!(machine.ok(&["fsck", "--deep"]).contains("Nothing is missing"));
    let explained = machine.ok(&["explain", "supply-contract.pdf"]);
    assert!(explained.contains("chunks of") && !explained.contains('✗'), "{explained}");
    let unknown = machine.run(&["explain", "nothing.pdf"]);
    assert_eq!(unknown.status.code(), Some(3), "{}", text(&unknown));
    assert!(text(&unknown).contains("never received"), "{}", text(&unknown));

    std::fs::remove_file(folder.path().join("supply-contract.pdf")).expect("removed");
    let compared = machine.run(&["fsck"]);
    assert_eq!(compared.status.code(), Some(3), "{}", text(&compared));
    assert!(text(&compared).contains("no longer in the source"), "{}", text(&compared));
    let forecast = machine.ok(&["job", "start", path(folder.path()), "--dry-run"]);
    assert!(forecast.contains("1 document") && forecast.contains("Nothing was started"), "{forecast}");
}
