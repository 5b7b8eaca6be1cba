//! Counts of a run, read by whoever draws a progress bar. Never a clock: rates are the reader's business.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared counters of one run.
#[derive(Debug, Default)]
pub struct Progress {
    listed: AtomicU64,
    listing_done: AtomicU64,
    due: AtomicU64,
    due_bytes: AtomicU64,
    done_bytes: AtomicU64,
    indexed: AtomicU64,
    unchanged: AtomicU64,
    failed: AtomicU64,
    gone: AtomicU64,
    pages: AtomicU64,
    ocr_pages: AtomicU64,
    chunks: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Objects seen in the listing so far.
    pub listed: u64,
    pub listing_done: bool,
    /// Documents that this run has to do.
    pub due: u64,
    pub due_bytes: u64,
    pub done_bytes: u64,
    pub indexed: u64,
    /// Documents whose bytes turned out to be the ones in the index.
    pub unchanged: u64,
    pub failed: u64,
    /// Documents removed because their object is gone.
    pub gone: u64,
    pub pages: u64,
    pub ocr_pages: u64,
    pub chunks: u64,
}

macro_rules! counters {
    ($($add:ident $field:ident),* $(,)?) => {
        impl Progress {
            $(pub(super) fn $add(&self, by: u64) { self.$field.fetch_add(by, Ordering::Relaxed); })*

            /// The counters now.
            pub fn snapshot(&self) -> Snapshot {
                Snapshot {
                    $($field: self.$field.load(Ordering::Relaxed),)*
                    listing_done: self.listing_done.load(Ordering::Relaxed) != 0,
                }
            }
        }
    };
}

counters! {
    add_listed listed, add_due due, add_due_bytes due_bytes, add_done_bytes done_bytes, add_indexed indexed,
    add_unchanged unchanged, add_failed failed, add_gone gone, add_pages pages, add_ocr_pages ocr_pages,
    add_chunks chunks,
}

impl Progress {
    pub(super) fn end_listing(&self) {
        self.listing_done.store(1, Ordering::Relaxed);
    }
}
