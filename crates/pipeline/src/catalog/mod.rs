//! The seam to the catalog: every document that was ever listed, what is wanted of it, what is in the index, and why it
//! failed. The catalog is what makes work resumable: a queue may tell of a document twice, late or not at all, and the
//! index is never asked what is left to do.
//!
//! A document is due when what is wanted differs from what is indexed. One worker at a time holds the claim on a
//! document; a claim that is not renewed runs out, and what its holder settles later is refused.

mod jobs;
mod listings;
mod ocr_pages;
mod queue;
mod records;

pub use jobs::{Job, JobCounts, JobId, JobState, Jobs, NewJob, Started, sources_overlap};
pub use listings::{Batch, Change, ChangeKind, Enqueued, Listings};
pub use ocr_pages::{OcrSummary, PageOcr};
pub use queue::{
    Claim, Due, DueQuery, Finished, Queue, Queued, Reclaim, Release, Settled, Stage, Task, Wanted,
};
pub use records::{
    CatalogTotals, DocumentFilter, DocumentRecord, DocumentState, RecordedFailure, Records, SourceTotals,
};

/// All of the catalog.
pub trait Catalog: Listings + Queue + Records + Jobs {}

impl<C: Listings + Queue + Records + Jobs> Catalog for C {}

/// What documents belong to when nothing else is said.
pub const DEFAULT_COLLECTION: &str = "default";
