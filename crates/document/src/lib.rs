//! The values that flow through Pagemill: pages, documents, blocks, tables, chunks, ids and geometry;
//! the chunker; export to Markdown, HTML and JSON.
//!
//! Values in, values out. Never does I/O, never reads a clock, never spawns.

mod block;
mod captions;
mod chunk;
mod chunker;
pub mod export;
mod geometry;
mod id;
mod metadata;
mod page;
mod readiness;
mod script;
mod table;

pub use block::{Block, BlockContent, Document, FurnitureRole, PageSummary, SCHEMA_VERSION, Warning};
pub use chunk::{Chunk, ChunkKind, PageBox};
pub use chunker::{CHUNKER_VERSION, ChunkLimits, chunk};
pub use geometry::Rect;
pub use id::{ChunkId, ContentHash, DocumentId};
pub use metadata::{DocumentFacts, Field, Metadata, Origin, OutlineEntry};
pub use page::{
    Fill, FontFace, ImageArea, OcrReason, OcrRegion, Page, Raster, Ruling, TagRole, TextSource, Word,
    WordOrigin,
};
pub use readiness::{Evidence, Grade, Language, Points, Readiness, Statement, Trait, TraitReport};
pub use script::Script;
pub use table::{Cell, Table};
