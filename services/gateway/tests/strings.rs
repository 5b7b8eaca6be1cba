//! The page's words: the same keys in both languages with the same places to fill in, none missing, none unused.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn page_folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

/// Key to text of one language of `strings.js`, which keeps one string a line.
fn strings(language: &str) -> BTreeMap<String, String> {
    let file = std::fs::read_to_string(page_folder().join("strings.js")).unwrap();
    let begin = file.find(&format!("\n  {language}: {{\n")).unwrap();
    let body = &file[begin + 1..];
    let body = &body[..body.find("\n  },").unwrap()];
    body.lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": \""))
        .map(|(key, text)| (key.to_owned(), text.trim_end_matches("\",").to_owned()))
        .collect()
}

/// Every reason has words in both languages and advice in Korean (in English the server's own stands).
#[test]
fn every_reject_reason_has_words() {
    use pagemill_extract::RejectReason as R;
    let file = std::fs::read_to_string(page_folder().join("server_strings.js")).unwrap();
    let all = [
        R::Empty,
        R::NotAPdf,
        R::Encrypted,
        R::Unreadable,
        R::NoPages,
        R::TooManyPages,
        R::TooLarge,
        R::BadRequest,
        R::OutOfMemory,
        R::TimedOut,
        R::Crashed,
        R::NoText,
        R::Unavailable,
    ];
    for reason in all {
        let code = serde_json::to_value(reason).unwrap();
        let code = code.as_str().unwrap();
        assert_eq!(file.matches(&format!("\"reject.{code}\": \"")).count(), 2, "{code}");
        assert_eq!(file.matches(&format!("\"reject.{code}.advice\": \"")).count(), 1, "{code}");
    }
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

#[test]
fn both_languages_say_everything() {
    let (english, korean) = (strings("en"), strings("ko"));
    assert!(english.len() > 100, "the strings are found");
    assert_eq!(english.keys().collect::<Vec<_>>(), korean.keys().collect::<Vec<_>>());
    for (key, text) in &english {
        assert_eq!(places(text), places(&korean[key]), "{key}");
    }
}

#[test]
fn every_string_asked_for_is_there_and_every_string_is_asked_for() {
    let english = strings("en");
    let mut sources = String::new();
    for entry in std::fs::read_dir(page_folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name != "strings.js") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    for asked in ["t(\"", "data-t=\"", "data-t-label=\""] {
        for (at, _) in sources.match_indices(asked) {
            if sources[..at].ends_with(|c: char| c.is_alphanumeric()) {
                continue; // the end of another name, such as `get("`
            }
            let key = sources[at + asked.len()..].split('"').next().unwrap();
            assert!(english.contains_key(key), "`{key}` is asked for");
        }
    }
    // Put together at run time: `kind_${kind}` and the like.
    let made = [
        "kind_",
        "state_",
        "column_",
        "fact_",
        "trait_",
        "grade_",
        "ocr_",
        "theme_",
        "filter_",
        "job_state_",
        "job_fact_",
        "forecast_fact_",
    ];
    for key in english.keys().filter(|key| !made.iter().any(|prefix| key.starts_with(prefix))) {
        assert!(sources.contains(&format!("\"{key}\"")), "`{key}` is not used");
    }
}

#[test]
fn every_file_of_the_page_is_served_and_nothing_comes_from_elsewhere() {
    let table = include_str!("../src/page.rs");
    for entry in std::fs::read_dir(page_folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(table.contains(&format!("\"{name}\"")), "{name} is not in the table of src/page.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !elsewhere.contains("http://") && !elsewhere.contains("https://"),
            "{name} names another server"
        );
        assert!(!text.contains("innerHTML"), "{name} writes markup");
    }
}
