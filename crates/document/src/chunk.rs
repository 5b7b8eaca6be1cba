//! A chunk: the piece of a document that is embedded, found and cited. Text to embed and text to show
//! are apart; pages and boxes make a citation resolvable later.

use crate::{ChunkId, DocumentId, Rect};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    pub id: ChunkId,
    pub document: DocumentId,
    /// From 0, in reading order.
    pub position: u32,
    pub kind: ChunkKind,
    /// Headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The text to show and to quote.
    pub text: String,
    /// The text to embed and to search: title, heading path and text.
    pub contextualized: String,
    /// Tokens of `contextualized` as the embedder counts them, special tokens included.
    pub tokens: u32,
    /// Where its text stands, in reading order.
    pub boxes: Vec<PageBox>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkKind {
    Text,
    Table,
    Figure,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageBox {
    /// From 1.
    pub page: u32,
    /// Points, origin top left.
    pub bbox: Rect,
}

impl Chunk {
    /// Page numbers from 1, ascending, each once.
    pub fn pages(&self) -> Vec<u32> {
        let mut pages: Vec<u32> = self.boxes.iter().map(|b| b.page).collect();
        pages.sort_unstable();
        pages.dedup();
        pages
    }
}
