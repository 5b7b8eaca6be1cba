//! What sources hold, as listings and events tell it.

use super::JobId;
use crate::{Failure, ListedObject, Pipeline};
use async_trait::async_trait;

#[async_trait]
pub trait Listings: Send + Sync {
    /// A number for a new listing, greater than every earlier one.
    async fn next_listing(&self) -> Result<i64, Failure>;

    /// Takes a part of a listing of `source`: new or changed objects become due, the others are only marked as
    /// seen in this `listing`. An object is changed when its etag differs or the `pipeline` renews its document. The cursor of
    /// the batch's job moves in the same transaction.
    async fn enqueue(&self, batch: Batch<'_>) -> Result<Enqueued, Failure>;

    /// How many documents of `source` were not seen in `listing`. Only asked after a complete listing.
    async fn unseen(&self, source: &str, listing: i64) -> Result<u64, Failure>;

    /// Makes the documents of `source` that were not seen in `listing` due: whoever takes one looks whether its
    /// object is still there, and removes it from the index if not. Returns how many.
    async fn enqueue_unseen(&self, source: &str, listing: i64, job: Option<&JobId>) -> Result<u64, Failure>;

    /// Takes note of what the workers' extraction, chunking and embedding amount to, for whoever lists.
    async fn announce_pipeline(&self, pipeline: &Pipeline) -> Result<(), Failure>;

    /// What was announced last; `None` where no worker of this version has announced anything.
    async fn announced_pipeline(&self) -> Result<Option<Pipeline>, Failure>;

    /// Takes a change that a source told of. An event that is older than what is known changes nothing; events
    /// may come in any order and more than once. Returns whether the document became due.
    async fn apply(&self, change: &Change, collection: &str) -> Result<bool, Failure>;
}

/// A part of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub source: &'a str,
    /// Number of this listing, greater than that of every earlier one.
    pub listing: i64,
    /// What extraction, OCR, chunking and embedding amount to; what it renews becomes due again. `None` where it is not
    /// known: then only changed bytes make a document due.
    pub pipeline: Option<&'a Pipeline>,
    /// What the documents belong to.
    pub collection: &'a str,
    /// The job that lists, if one does.
    pub job: Option<&'a JobId>,
    pub objects: &'a [ListedObject],
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enqueued {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// One change of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub source: String,
    /// Name within the source.
    pub key: String,
    pub kind: ChangeKind,
    /// Orders the changes of one key, greater is later, compared as text; `None` where the source gives none.
    pub sequencer: Option<String>,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Made or replaced. An event may leave out etag and size.
    Put {
        etag: Option<String>,
        size_bytes: u64,
    },
    Removed,
}
