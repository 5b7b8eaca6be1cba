//! Messages of buckets and names of sources. What must hold: no panic, and a name in its normal form reads as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagemill_fuzz::events::{parse_events, read_changes};
use pagemill_fuzz::source_name::parse_source;

fuzz_target!(|data: &[u8]| {
    let _ = parse_events(data);
    let sources = ["s3://contracts/2024", "gs://contracts", "az://contracts/in"].map(str::to_owned);
    for change in read_changes(data, &sources).into_iter().flatten() {
        assert!(sources.contains(&change.source) && !change.key.is_empty());
    }
    // A file's name says where a message ends and a name begins: what is no JSON is tried as a name.
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(name) = parse_source(text)
    {
        let written = name.to_string();
        assert_eq!(parse_source(&written).ok().as_ref(), Some(&name), "{written}");
    }
});
