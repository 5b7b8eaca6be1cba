//! A document: blocks in reading order with page and box, its metadata, what is known of each page.
//! Warnings stand beside the value. Never a tree of pointers, never parallel lists.

use crate::{ContentHash, DocumentId, Metadata, OcrRegion, OutlineEntry, Readiness, Rect, Table, TextSource};
use serde::{Deserialize, Serialize};

/// Version of the JSON form of [`Document`]; grows when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub schema_version: u32,
    pub id: DocumentId,
    /// Where it comes from, such as `file:///data/contracts` or `s3://bucket/prefix`.
    pub source: String,
    /// Its name within the source, `/` between folders.
    pub key: String,
    pub content_hash: ContentHash,
    /// Bytes of the PDF.
    pub size_bytes: u64,
    pub metadata: Metadata,
    pub outline: Vec<OutlineEntry>,
    /// In reading order.
    pub blocks: Vec<Block>,
    /// By page number.
    pub pages: Vec<PageSummary>,
    pub readiness: Readiness,
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// From 1; the page it begins on.
    pub page: u32,
    /// Points, origin top left; for a table over several pages, the part on `page`.
    pub bbox: Rect,
    #[serde(flatten)]
    pub content: BlockContent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BlockContent {
    /// `level` from 1 (the title or a chapter) to 6.
    Heading {
        level: u8,
        text: String,
    },
    Paragraph {
        text: String,
    },
    /// `depth` from 0; `marker` as printed ("•", "3.", "(a)", "가."), not part of `text`.
    ListItem {
        depth: u8,
        marker: String,
        text: String,
    },
    Table(Table),
    /// A picture or a chart with the text inside it (axis labels, legends), which may be empty.
    Figure {
        text: String,
    },
    Caption {
        text: String,
    },
    Footnote {
        text: String,
    },
    /// What repeats over pages or stands apart from the flow; kept, not chunked.
    Furniture {
        role: FurnitureRole,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FurnitureRole {
    Header,
    Footer,
    PageNumber,
}

/// What is known of one page beside its blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageSummary {
    /// From 1.
    pub number: u32,
    /// Points, as shown.
    pub width: f32,
    /// Points, as shown.
    pub height: f32,
    pub text_source: TextSource,
    /// Parts that were to be read from their picture; those without a confidence were not.
    #[serde(default)]
    pub ocr_regions: Vec<OcrRegion>,
    /// Characters of text without white space.
    pub characters: u32,
    /// Dots per inch of the image that covers most of the page, if one covers half of it.
    pub scan_dpi: Option<f32>,
    /// Degrees.
    pub skew_degrees: f32,
}

/// Something lost or doubtful that did not stop the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// From 1; `None` for the whole document.
    pub page: Option<u32>,
    pub message: String,
}

impl BlockContent {
    /// The text to read, without markup; a table's cells joined row by row (tab between cells).
    pub fn text(&self) -> String {
        match self {
            Self::Heading { text, .. }
            | Self::Paragraph { text }
            | Self::ListItem { text, .. }
            | Self::Figure { text }
            | Self::Caption { text }
            | Self::Footnote { text }
            | Self::Furniture { text, .. } => text.clone(),
            Self::Table(table) => {
                table.grid().iter().map(|row| row.join("\t")).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl Document {
    /// The file's own name: the last part of the key.
    pub fn file_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }

    /// The title, or the file name where there is none.
    pub fn display_title(&self) -> &str {
        self.metadata.title.as_ref().map_or_else(|| self.file_name(), |t| t.value.as_str())
    }
}
