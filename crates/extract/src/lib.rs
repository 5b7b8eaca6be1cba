//! PDF bytes to pages, and pages to a document.
//!
//! In: the path of a PDF, by requests that a confined child process serves ([`work`]); pixels of OCR come
//! back as words. Out: pages, facts, a document with blocks. Never touches the network, a clock or a
//! thread.

mod facts;
#[cfg(fuzzing)]
pub mod fuzzed;
mod language;
mod metadata;
mod ocr_merge;
mod ocr_need;
mod page_ids;
#[allow(unsafe_code, reason = "the C interface of pdfium; every call states why it is sound")]
pub mod pdfium;
pub mod raster;
mod read;
mod readiness;
mod segment;
mod tiles;
pub mod work;

pub use ocr_merge::{
    Extent, FEWEST_LETTERS, RecognizedPage, RecognizedWord, apply_ocr, apply_ocr_to_region, mean_confidence,
};
pub use ocr_need::{ocr_dpi, region_dpi};
pub use segment::{DocumentIdentity, segment};
pub use work::{ReadLimits, Reader, RejectReason, Rejection, Request, Response, View};

/// Grows when the same bytes would give another document: what was extracted by an older version is due again.
pub const VERSION: u32 = 5;
