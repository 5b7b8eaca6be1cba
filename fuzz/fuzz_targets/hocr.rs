//! tesseract's account of a page in hOCR, and its running text. What must hold: no panic, no word out of nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagemill_fuzz::{hocr, line};

fuzz_target!(|data: &str| {
    // The running text stands after the first form feed, which no account holds.
    let (account, text) = data.split_once('\u{c}').unwrap_or((data, ""));
    let words = hocr::words_as_spaced(account, text);
    assert!(words.iter().all(|w| !w.text.is_empty() && (0.0..=1.0).contains(&w.confidence)));
    for found in line::lines(words, 0) {
        found.words.iter().for_each(|word| {
            found.word_place(word);
        });
        found.place();
        found.baseline();
        found.em();
        found.confidence();
    }
});
