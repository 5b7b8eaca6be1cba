//! What a file says of itself. (first version: pdfium's Info entries)

use crate::pdfium::Document;
use crate::work::ReadLimits;
use pagemill_document::DocumentFacts;
use std::path::Path;

/// Reads the facts of a document.
pub fn read_facts(_path: &Path, document: &Document, _limits: &ReadLimits) -> DocumentFacts {
    DocumentFacts {
        page_count: document.page_count(),
        title: document.meta_text(c"Title"),
        author: document.meta_text(c"Author"),
        encrypted: document.is_encrypted(),
        tagged: document.is_tagged(),
        ..DocumentFacts::default()
    }
}
