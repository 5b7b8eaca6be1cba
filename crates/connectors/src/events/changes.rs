//! From an event of a bucket to changes of the sources that are registered. In: an event, the sources. Out: one change for
//! each source that holds the object. Pure.

use super::{EventKind, ObjectEvent};
use crate::source_name::{SourceName, is_pdf, is_unambiguous, parse_source};
use pagemill_pipeline::{Change, ChangeKind};

/// What an event means for each of the sources; nothing where the object is no PDF or lies in none of them. A source holds
/// what lies below its prefix, and a prefix ends at a `/`; several sources may hold the same object.
pub fn changes(event: &ObjectEvent, sources: &[SourceName]) -> Vec<Change> {
    let holding = sources.iter().filter(|source| source.scheme() == event.scheme);
    holding
        .filter_map(|source| {
            let key = source.key_of(&event.bucket, &event.object)?;
            // As a listing has it.
            (is_pdf(key) && is_unambiguous(key)).then(|| Change {
                source: source.to_string(),
                key: key.to_owned(),
                kind: kind(event),
                sequencer: event.sequencer.clone(),
                at_ms: event.at_ms,
            })
        })
        .collect()
}

/// Reads a message into changes of sources, given by their names. What cannot be read comes with its reason.
pub fn read_changes(message: &[u8], sources: &[String]) -> Vec<Result<Change, String>> {
    let names: Vec<SourceName> = sources.iter().filter_map(|source| parse_source(source).ok()).collect();
    match super::parse_events(message) {
        Err(error) => vec![Err(error.to_string())],
        Ok(events) => events
            .into_iter()
            .flat_map(|event| match event {
                Ok(event) => changes(&event, &names).into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error.to_string())],
            })
            .collect(),
    }
}

fn kind(event: &ObjectEvent) -> ChangeKind {
    let size_bytes = event.size_bytes.unwrap_or(0);
    match event.kind {
        EventKind::Put => ChangeKind::Put { etag: event.etag.clone(), size_bytes },
        // Without an etag the object is looked at in any case, and its document leaves when it is gone.
        EventKind::Changed => ChangeKind::Put { etag: None, size_bytes },
        EventKind::Removed => ChangeKind::Removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::{Scheme, parse_source};

    fn event(object: &str, kind: EventKind) -> ObjectEvent {
        ObjectEvent {
            scheme: Scheme::S3,
            bucket: "b".into(),
            object: object.into(),
            kind,
            etag: Some("e".into()),
            size_bytes: Some(7),
            sequencer: Some("1".into()),
            at_ms: 5,
        }
    }

    fn sources(names: &[&str]) -> Vec<SourceName> {
        names.iter().map(|name| parse_source(name).expect("a name")).collect()
    }

    #[test]
    fn each_source_that_holds_the_object_changes() {
        let all =
            sources(&["s3://b", "s3://b/in", "s3://b/in/2024", "s3://b/i", "s3://c", "gs://b", "file:///b"]);
        let changed = changes(&event("in/계약 1.pdf", EventKind::Put), &all);
        let places: Vec<(&str, &str)> = changed.iter().map(|c| (c.source.as_str(), c.key.as_str())).collect();
        assert_eq!(places, [("s3://b", "in/계약 1.pdf"), ("s3://b/in", "계약 1.pdf")]);
        let expected = Change {
            source: "s3://b/in".into(),
            key: "계약 1.pdf".into(),
            kind: ChangeKind::Put { etag: Some("e".into()), size_bytes: 7 },
            sequencer: Some("1".into()),
            at_ms: 5,
        };
        assert_eq!(changed[1], expected);
    }

    #[test]
    fn kinds_keep_their_meaning() {
        let all = sources(&["s3://b"]);
        let one = |kind| changes(&event("a.pdf", kind), &all).remove(0).kind;
        assert_eq!(one(EventKind::Removed), ChangeKind::Removed);
        assert_eq!(one(EventKind::Changed), ChangeKind::Put { etag: None, size_bytes: 7 });
    }

    #[test]
    fn what_no_listing_would_show_changes_nothing() {
        let all = sources(&["s3://b"]);
        for object in ["a.txt", "pdf", "in/", "in/../a.pdf", ""] {
            assert!(changes(&event(object, EventKind::Put), &all).is_empty(), "{object}");
        }
    }
}
