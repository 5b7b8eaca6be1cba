//! What every place that holds PDFs does: lists them by the bytes of their keys, goes on after a key, gives what is there
//! now, says when nothing is. The place is empty to begin with and afterwards.

use crate::{Fetched, ListedObject, Objects};
use futures::TryStreamExt;

/// Names that some layer on the way is likely to change, in the order of their bytes: `.` comes before `/`, Hangul in one
/// form before Hangul taken apart.
const KEYS: &[&str] = &[
    "#1?x=y&z.pdf",
    "% 50%25 100%.pdf",
    "'single' \"double\".pdf",
    "UPPER.PDF",
    "a b.pdf",
    "a+b.pdf",
    "a.pdf",
    "deep/er/still/x.pdf",
    "sub.pdf",
    "sub/x.pdf",
    "sub/y.pdf",
    "sub0.pdf",
    "~$draft;,(1)!.pdf",
    "é.pdf",
    "\u{1100}\u{1161}.pdf",
    "계약/2024 보고서+부록 100%.pdf",
    "계약.pdf.pdf",
];

/// Panics where the place does not do as it should.
pub async fn objects(objects: &dyn Objects) {
    assert_eq!(list(objects, None).await, [], "the place must be empty to begin with");
    lists_in_order(objects).await;
    fetches_what_is_there(objects).await;
    replaces(objects).await;
    for key in KEYS.iter().chain(&["notes.txt"]) {
        objects.remove(key).await.expect("removed");
        objects.remove(key).await.expect("removing what is not there is no error");
        assert!(is_gone(objects, key).await, "{key}");
    }
    assert_eq!(list(objects, None).await, [], "all is removed");
}

async fn lists_in_order(objects: &dyn Objects) {
    for key in KEYS.iter().rev().chain(&["notes.txt"]) {
        let stored = objects.put(key, content(key).as_bytes()).await.expect("put");
        assert_eq!(stored, *key, "a key that can be listed as it is stays as it is");
    }
    let all = list(objects, None).await;
    assert_eq!(keys(&all), sorted(KEYS), "PDFs alone, by the bytes of their keys");
    for object in &all {
        assert_eq!(object.size_bytes, content(&object.key).len() as u64, "{}", object.key);
        assert!(!object.etag.is_empty(), "{}", object.key);
    }
    for after in KEYS.iter().chain(&["", "a", "sub", "sub/", "sub/x", "계", "\u{10FFFF}"]) {
        let expected: Vec<&str> = sorted(KEYS).into_iter().filter(|key| *key > *after).collect();
        assert_eq!(keys(&list(objects, Some(after)).await), expected, "after `{after}`");
    }
}

async fn fetches_what_is_there(objects: &dyn Objects) {
    for listed in list(objects, None).await {
        let (bytes, fetched) = fetch(objects, &listed.key).await;
        assert_eq!(bytes, content(&listed.key).as_bytes(), "{}", listed.key);
        assert_eq!(fetched, listed, "a fetch says of an object what a listing says");
    }
    for key in ["nothing.pdf", "sub/nothing.pdf", "계약/없음.pdf"] {
        assert!(is_gone(objects, key).await, "{key}");
    }
}

async fn replaces(objects: &dyn Objects) {
    let key = "계약/2024 보고서+부록 100%.pdf";
    let before = fetch(objects, key).await.1;
    objects.put(key, b"another content").await.expect("put");
    let (bytes, after) = fetch(objects, key).await;
    assert_eq!(bytes, b"another content");
    assert_ne!(after.etag, before.etag, "other bytes, another etag");
    assert!(after.modified_ms >= before.modified_ms);
    let listed = list(objects, None).await;
    assert_eq!(listed.len(), KEYS.len(), "it took the place of the other");
    assert!(listed.contains(&after));
}

fn content(key: &str) -> String {
    format!("%PDF- content of {key}")
}

fn sorted<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys
}

fn keys(objects: &[ListedObject]) -> Vec<&str> {
    objects.iter().map(|object| object.key.as_str()).collect()
}

async fn list(objects: &dyn Objects, after: Option<&str>) -> Vec<ListedObject> {
    objects.list(after).try_collect().await.expect("listed")
}

async fn fetch(objects: &dyn Objects, key: &str) -> (Vec<u8>, ListedObject) {
    match objects.fetch(key).await.unwrap_or_else(|failure| panic!("{key}: {failure}")) {
        Fetched::Object(file) => (std::fs::read(file.path()).expect("read"), file.listed().clone()),
        Fetched::Gone => panic!("{key} is gone"),
    }
}

async fn is_gone(objects: &dyn Objects, key: &str) -> bool {
    let fetched = objects.fetch(key).await.unwrap_or_else(|failure| panic!("{key}: {failure}"));
    matches!(fetched, Fetched::Gone)
}
