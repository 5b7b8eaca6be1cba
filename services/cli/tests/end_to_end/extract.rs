//! Extracting without an index, and what `inspect` says.

use crate::machine::{Machine, path, samples, text};

#[test]
fn every_format_is_written_beside_the_others() {
    let machine = Machine::new();
    let contract = samples().join("supply-contract.pdf");
    let out = machine.folder.path().join("out");
    for (format, file) in [
        ("markdown", "supply-contract.md"),
        ("html", "supply-contract.html"),
        ("blocks", "supply-contract.blocks.jsonl"),
        ("json", "supply-contract.json"),
    ] {
        machine.ok(&["extract", path(&contract), "--format", format, "--out", path(&out)]);
        let written = std::fs::read_to_string(out.join(file)).expect(file);
        assert!(written.len() > 500, "{file}: {written}");
    }
    let markdown = std::fs::read_to_string(out.join("supply-contract.md")).expect("read");
    assert!(markdown.lines().any(|line| line.starts_with('#')), "headings: {markdown}");
    assert!(!machine.folder.path().join("data").exists(), "no index is touched");
}

#[test]
fn a_scan_gives_its_text() {
    let machine = Machine::new();
    let letter = machine.ok(&["extract", path(&samples().join("scanned-letter-300dpi.pdf"))]);
    assert!(letter.split_whitespace().count() > 80, "{letter}");
    let locked = machine.run(&["extract", path(&samples().join("encrypted.pdf"))]);
    assert_eq!(locked.status.code(), Some(3));
    assert!(text(&locked).contains("encrypted.pdf"), "{}", text(&locked));
}

#[test]
fn inspect_reports_seven_traits_with_evidence() {
    let machine = Machine::new();
    let readiness = machine.json(&["inspect", path(&samples().join("annual-report-2025.pdf")), "--json"]);
    let traits = readiness["traits"].as_array().expect("traits");
    assert_eq!(traits.len(), 7);
    assert!(
        traits
            .iter()
            .all(|t| t["score"].is_null() || !t["evidence"].as_array().expect("evidence").is_empty())
    );
    let shown = machine.ok(&["inspect", path(&samples().join("bad-scan-120dpi.pdf"))]);
    assert!(shown.contains("Scan quality") && shown.contains('→'), "{shown}");
    let korean = machine.ok(&["inspect", path(&samples().join("bad-scan-120dpi.pdf")), "--language", "ko"]);
    assert!(korean.contains("스캔 품질") && korean.contains("검색 적합도"), "{korean}");
    // Of the report nothing is left in English: warnings and what the document itself says come after it and in quotes.
    assert!(!korean.contains("pages") && !korean.contains("headings"), "{korean}");
}
