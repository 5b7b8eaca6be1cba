//! The table of words that tesseract gives, and its running text. What must hold: no panic, no word out of nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagemill_fuzz::{line, tsv};

fuzz_target!(|data: &str| {
    // The running text stands after the first form feed, which no table holds.
    let (table, text) = data.split_once('\u{c}').unwrap_or((data, ""));
    let words = tsv::words_as_spaced(table, text);
    assert!(words.iter().all(|w| !w.text.is_empty() && (0.0..=1.0).contains(&w.confidence)));
    for found in line::lines(words, 0) {
        found.place();
        found.baseline();
        found.em();
        found.confidence();
    }
});
