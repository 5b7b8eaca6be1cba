//! Bad files are recorded with a reason and what to do, and every other file goes in. Bad set-up is one line at the start.

use crate::machine::{Machine, folder_with, ingested, path, text};
use std::collections::BTreeMap;

fn reasons(machine: &Machine) -> BTreeMap<String, String> {
    let lines = machine.json_lines(&["failures", "--json"]);
    let plain = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    lines.iter().map(|f| (plain(&f["key"]), plain(&f["failure"]["reason"]))).collect()
}

#[test]
fn each_bad_file_has_its_reason_and_the_good_one_goes_in() {
    let folder = folder_with(&["encrypted.pdf", "invoice-2025-0417.pdf"]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    write("empty.pdf", b"");
    write("letter.pdf", b"Dear reader, this is no PDF at all.\n".repeat(100).as_slice());
    let whole = std::fs::read(folder.path().join("invoice-2025-0417.pdf")).expect("read");
    write("truncated.pdf", &whole[..200]);
    let machine = Machine::new();
    let output = machine.run(&["ingest", path(folder.path())]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let expected = [
        ("empty.pdf", "empty"),
        ("encrypted.pdf", "encrypted"),
        ("letter.pdf", "not_a_pdf"),
        ("truncated.pdf", "unreadable"),
    ];
    let expected = expected.map(|(key, reason)| (key.to_owned(), reason.to_owned()));
    assert_eq!(reasons(&machine), BTreeMap::from(expected));
    assert_eq!(machine.json(&["status", "--json"])["totals"]["indexed"], 1);

    // Once the file is put right the next ingest takes it, without being asked to retry.
    write("truncated.pdf", &whole);
    machine.run(&["ingest", path(folder.path())]);
    assert_eq!(reasons(&machine).len(), 3);
    let retried = machine.run(&["retry", "--reason", "encrypted"]);
    assert_eq!(retried.status.code(), Some(3), "still locked: {}", text(&retried));
}

#[test]
fn the_samples_that_are_bad_on_purpose_say_why() {
    let machine = ingested();
    let reasons = reasons(machine);
    assert_eq!(reasons.get("encrypted.pdf").map(String::as_str), Some("encrypted"));
    assert!(reasons.contains_key("broken.pdf"));
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(machine.ok(&["failures"]).contains("what to do"));
}

#[test]
fn a_wrong_set_up_is_one_line_that_names_it() {
    let machine = Machine::new();
    let check = |variable: &str, value: &str, arguments: &[&str], parts: &[&str]| {
        let output = machine.command(arguments).env(variable, value).output().expect("runs");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    };
    let ingest = ["ingest", "."];
    check("PAGEMILL__INGEST__CHUNK_TOKNES", "9", &ingest, &["chunk_toknes"]);
    check("PAGEMILL__INGEST__CHUNK_TOKENS", "many", &ingest, &["ingest.chunk_tokens"]);
    check("PAGEMILL__PDFIUM", "/no/such/libpdfium.so", &ingest, &["/no/such/libpdfium.so", "make native"]);
    check("PAGEMILL__EMBEDDER__MODEL", "/no/such/model", &ingest, &["/no/such/model", "make models"]);
    check("PAGEMILL__DATA_DIR", "/proc/nowhere", &ingest, &["/proc/nowhere", "data_dir"]);
    check("PAGEMILL__LOG__LEVEL", "error", &["ingest", "/no/such/folder"], &["/no/such/folder"]);
    let nothing_yet = Machine::new().run(&["search", "anything"]);
    assert!(text(&nothing_yet).contains("pagemill ingest"), "{}", text(&nothing_yet));
}
