//! What a document is worth for retrieval, measured.

use pagemill_document::{Document, DocumentFacts, Page, Readiness};

pub fn readiness(_document: &Document, _facts: &DocumentFacts, _pages: &[Page]) -> Readiness {
    Readiness::default()
}
