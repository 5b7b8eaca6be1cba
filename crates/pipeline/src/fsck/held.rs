//! Compares what the catalog says with what the index holds, without a look at the sources, and mends what differs. In: the
//! two, as streams in one order. Out: how many documents differed. Before an index is taken into use it has to hold exactly
//! what the catalog says it holds.

use super::merge::{Place, is_settled};
use super::streams::{Cards, KnownDocuments};
use crate::{Catalog, DocumentCard, DocumentRecord, Failure, SearchIndex};
use pagemill_document::DocumentId;

/// Documents mended at a time.
const AT_ONCE: usize = 1000;

/// Queues what the index lacks or holds of other bytes, and takes out what it should not hold. What waits is left alone.
///
/// # Errors
/// `Retry` or `Stop` when one of the two does not answer.
pub(crate) async fn mend(catalog: &dyn Catalog, index: &dyn SearchIndex) -> Result<u64, Failure> {
    let mut records = KnownDocuments::new(catalog, None);
    let mut cards = Cards::new(index, None);
    let (mut differing, mut wanted, mut surplus) = (0, Vec::new(), Vec::new());
    loop {
        let next: Option<Place> = [records.place().await?, cards.place().await?].into_iter().flatten().min();
        if let Some(place) = &next {
            let (record, card) = (records.take(place), cards.take(place));
            let id = DocumentId::new(&place.source, &place.key);
            match judge(record.as_ref(), card.as_ref()) {
                Some(Difference::Lacks) => wanted.push(id),
                Some(Difference::Surplus) => surplus.push(id),
                None => {}
            }
        }
        if wanted.len() + surplus.len() >= AT_ONCE || next.is_none() {
            differing += (wanted.len() + surplus.len()) as u64;
            if !surplus.is_empty() {
                index.delete(&std::mem::take(&mut surplus)).await?;
            }
            // What the index holds of other bytes stays until it is replaced: each claim's version is greater than the last.
            catalog.requeue(&std::mem::take(&mut wanted)).await?;
        }
        if next.is_none() {
            return Ok(differing);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// The index lacks it, or holds other bytes of it.
    Lacks,
    /// The index holds what the catalog does not take for indexed.
    Surplus,
}

fn judge(record: Option<&DocumentRecord>, card: Option<&DocumentCard>) -> Option<Difference> {
    if record.is_some_and(|record| !is_settled(record)) {
        return None;
    }
    let indexed = record.and_then(|record| record.indexed_hash.as_ref());
    match (indexed, card) {
        (Some(hash), Some(card)) if *hash == card.content_hash => None,
        (Some(_), _) => Some(Difference::Lacks),
        (None, Some(_)) => Some(Difference::Surplus),
        (None, None) => None,
    }
}
