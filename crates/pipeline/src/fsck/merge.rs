//! One document as its source, the catalog and the index see it, and what is wrong when they differ. Pure.

use super::Finding;
use crate::{DocumentCard, DocumentRecord, DocumentState, ListedObject};

/// A place in the order of all documents: by source, then by key, both as bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub source: String,
    pub key: String,
}

/// The same document three times, where it is there.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub object: Option<ListedObject>,
    pub record: Option<DocumentRecord>,
    pub card: Option<DocumentCard>,
}

/// Nothing waits to be done about it.
pub(super) fn is_settled(record: &DocumentRecord) -> bool {
    match record.state {
        DocumentState::Queued | DocumentState::Running => false,
        DocumentState::Indexed | DocumentState::Failed | DocumentState::Cancelled => true,
    }
}

/// The reason, when it was set aside.
pub(super) fn set_aside_for(record: &DocumentRecord) -> Option<String> {
    match record.state {
        DocumentState::Failed => {
            let reason =
                record.failure.as_ref().and_then(|failure| serde_json::to_value(failure.reason).ok());
            Some(reason.and_then(|reason| reason.as_str().map(str::to_owned)).unwrap_or_default())
        }
        DocumentState::Cancelled => Some("cancelled".to_owned()),
        DocumentState::Queued | DocumentState::Running | DocumentState::Indexed => None,
    }
}

/// What is wrong, if anything; what waits in the queue is not wrong yet.
pub(super) fn judge(sides: &Sides) -> Option<Finding> {
    let Some(record) = &sides.record else {
        return match (&sides.object, &sides.card) {
            (Some(_), _) => Some(Finding::NotReceived),
            (None, Some(_)) => Some(Finding::Orphaned),
            (None, None) => None,
        };
    };
    if !is_settled(record) {
        return None;
    }
    let Some(object) = &sides.object else { return Some(Finding::Gone) };
    if object.etag != record.etag && record.state != DocumentState::Cancelled {
        return Some(Finding::Stale);
    }
    match (&record.indexed_hash, &sides.card) {
        (None, None) => None,
        (None, Some(_)) => Some(Finding::Orphaned),
        (Some(_), None) => Some(Finding::Missing),
        (Some(hash), Some(card)) if *hash != card.content_hash => Some(Finding::StaleInIndex),
        (Some(_), Some(card)) if card.chunk_count != record.chunks => Some(Finding::ChunksMissing),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RecordedFailure, Stage};
    use pagemill_document::{ContentHash, DocumentId};
    use pagemill_extract::RejectReason;

    fn object(etag: &str) -> Option<ListedObject> {
        Some(ListedObject { key: "a".into(), size_bytes: 1, etag: etag.into(), modified_ms: 0 })
    }

    fn record(state: DocumentState, hash: Option<&str>) -> Option<DocumentRecord> {
        let failure = (state == DocumentState::Failed).then(|| RecordedFailure {
            reason: RejectReason::TooLarge,
            detail: String::new(),
            advice: String::new(),
        });
        Some(DocumentRecord {
            id: DocumentId::new("s", "a"),
            source: "s".into(),
            key: "a".into(),
            collection: "default".into(),
            etag: "1".into(),
            size_bytes: 1,
            state,
            stage: Stage::Read,
            job: None,
            indexed_hash: hash.map(ContentHash::from_text),
            indexed_by: None,
            attempts: 1,
            failure,
            title: None,
            language: None,
            pages: 1,
            ocr_pages: vec![],
            chunks: 2,
            readiness: None,
            warnings: 0,
            updated_ms: 0,
        })
    }

    fn card(hash: &str, chunk_count: u32) -> Option<DocumentCard> {
        Some(DocumentCard {
            id: DocumentId::new("s", "a"),
            source: "s".into(),
            key: "a".into(),
            collection: "default".into(),
            content_hash: ContentHash::from_text(hash),
            version_ms: 0,
            title: String::new(),
            author: None,
            language: None,
            page_count: 1,
            chunk_count,
        })
    }

    #[test]
    fn what_differs_is_named_and_what_waits_is_not() {
        use DocumentState::{Cancelled, Failed, Indexed, Queued, Running};
        let check = |object, record, card, expected| {
            let sides = Sides { object, record, card };
            assert_eq!(judge(&sides), expected, "{sides:?}");
        };
        check(object("1"), record(Indexed, Some("h")), card("h", 2), None);
        check(object("1"), None, None, Some(Finding::NotReceived));
        check(None, None, card("h", 2), Some(Finding::Orphaned));
        check(object("2"), record(Indexed, Some("h")), card("h", 2), Some(Finding::Stale));
        check(object("1"), record(Indexed, Some("h")), None, Some(Finding::Missing));
        check(object("1"), record(Indexed, Some("h")), card("other", 2), Some(Finding::StaleInIndex));
        check(object("1"), record(Indexed, Some("h")), card("h", 1), Some(Finding::ChunksMissing));
        check(None, record(Indexed, Some("h")), card("h", 2), Some(Finding::Gone));
        check(object("1"), record(Failed, None), None, None);
        check(object("1"), record(Failed, None), card("h", 2), Some(Finding::Orphaned));
        check(object("2"), record(Queued, Some("h")), card("h", 2), None);
        check(None, record(Running, None), None, None);
        check(object("2"), record(Cancelled, None), None, None);
        assert_eq!(set_aside_for(&record(Failed, None).expect("one")).as_deref(), Some("too_large"));
    }
}
