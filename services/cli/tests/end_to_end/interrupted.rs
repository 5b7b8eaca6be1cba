//! Killed at any moment, the next run goes on where it stopped, with nothing twice and nothing lost.

use crate::machine::{Machine, ingested, path, samples, text};
use std::time::Duration;

/// Milliseconds after which the ten runs are killed: spread from before the models are loaded to the middle of the
/// work, in an order that is no pattern.
const KILLED_AFTER_MS: [u64; 10] = [900, 2100, 350, 3300, 1500, 2700, 600, 4100, 1200, 5000];

/// Kills a run after a while, or lets it end if it is quicker.
fn killed_after(machine: &Machine, milliseconds: u64) {
    let mut run = machine.command(&["ingest", path(&samples())]).spawn().expect("runs");
    let (ended, signal) = std::sync::mpsc::channel::<()>();
    let _never_sent = ended;
    // A receive that times out is a wait that no sleep has to be excused for.
    let _ = signal.recv_timeout(Duration::from_millis(milliseconds));
    run.kill().expect("killed");
    run.wait().expect("gone");
}

#[test]
fn kill_9_ten_times_and_the_index_is_the_same_chunk_for_chunk() {
    let machine = Machine::new();
    for milliseconds in KILLED_AFTER_MS {
        killed_after(&machine, milliseconds);
    }
    let output = machine.run(&["ingest", path(&samples())]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let undisturbed = ingested();
    for what in ["chunks", "documents"] {
        assert_eq!(machine.ok(&["export", what]), undisturbed.ok(&["export", what]), "export {what}");
    }
    let failures = |machine: &Machine| -> Vec<(String, String)> {
        let lines = machine.json_lines(&["failures", "--json"]);
        lines.iter().map(|f| (f["key"].to_string(), f["failure"]["reason"].to_string())).collect()
    };
    assert_eq!(failures(&machine), failures(undisturbed));
    // Scores may differ: deleted entries weigh in until segments are merged.
    let hits = |machine: &Machine| -> Vec<String> {
        let hits = machine.json(&["search", "termination notice", "--mode", "keyword", "--json"]);
        hits.as_array().expect("hits").iter().map(|hit| hit["chunk"]["id"].to_string()).collect()
    };
    assert_eq!(hits(&machine), hits(undisturbed), "the keyword index holds the same");
}

#[test]
fn ctrl_c_ends_with_130_and_the_next_run_goes_on() {
    let machine = Machine::new();
    let run = machine
        .command(&["ingest", path(&samples())])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    let (never, signal) = std::sync::mpsc::channel::<()>();
    let _ = signal.recv_timeout(Duration::from_millis(1500));
    drop(never);
    let sent =
        std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let output = run.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    let status = machine.json(&["status", "--json"]);
    assert_eq!(status["totals"]["running"], 0, "what was in work is back in the queue: {status}");
}
