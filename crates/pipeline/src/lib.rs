//! The flows of Pagemill (`ingest`, `answer`), the seam traits they call, and the error policy.
//!
//! One document is one straight async function from top to bottom. The flow does not know whether it runs
//! on one machine or on a cluster. Never opens a socket, a device or a config file.

pub mod answer;
mod artifacts;
mod catalog;
mod confined;
pub mod contract;
mod embedder;
mod events;
pub mod explain;
mod failure;
pub mod forecast;
pub mod fsck;
mod generator;
mod index;
pub mod ingest;
pub mod metrics;
mod objects;
mod ocr;
pub mod plan;
pub mod read;
mod renewal;
mod secret;
mod tasks;

pub use artifacts::{Artifacts, StoredDocument};
pub use catalog::{
    Batch, Catalog, CatalogTotals, Change, ChangeKind, Claim, DEFAULT_COLLECTION, DocumentFilter,
    DocumentRecord, DocumentState, Due, DueQuery, Enqueued, Finished, Job, JobCounts, JobId, JobState, Jobs,
    Listings, NewJob, OcrSummary, PageOcr, Queue, Queued, Reclaim, RecordedFailure, Records, Release,
    Settled, SourceTotals, Stage, Started, Task, Wanted, sources_overlap,
};
pub use confined::{Confined, Confinement, Death};
pub use embedder::{Embedder, OTHER_SCRIPT_COSINE, in_one_script};
pub use events::{EventReceipt, EventSource, ReceivedEvent};
pub use failure::{Failure, answering};
pub use generator::{GenerationEnd, GenerationRequest, Generator, Message, Role};
pub use index::{
    DocumentCard, Hit, IndexStatistics, IndexedDocument, SearchFilter, SearchIndex, SearchMode, SearchQuery,
};
pub use objects::{Fetched, ListedObject, Objects, Sources, SpooledObject};
pub use ocr::Ocr;
pub use renewal::{Pipeline, Provenance};
pub use secret::Secret;
pub use tasks::{DeadLetter, Receipt, Received, Tasks};
