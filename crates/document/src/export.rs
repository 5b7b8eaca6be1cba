//! Export of a document: Markdown and HTML for people, JSON for machines (the project's own and
//! Docling's), block lines and tables for measuring. In: a document. Out: text. Running headers, footers and page numbers are left out of
//! Markdown and HTML unless asked for; everything else a document holds is in every format.

mod docling;
mod html;
mod markdown;
mod records;
mod table;

pub use docling::docling;
pub use html::html;
pub use markdown::{markdown, markdown_with_furniture};
pub use records::{blocks, json, tables};

#[cfg(test)]
pub(crate) mod sample {
    use crate::{
        Block, BlockContent, Cell, ContentHash, Document, DocumentId, Field, FurnitureRole, Metadata, Origin,
        Readiness, Rect, SCHEMA_VERSION, Table,
    };

    /// A plain cell of one row and one column, or wider.
    pub fn cell(row: u32, column: u32, column_span: u32, header: bool, text: &str) -> Cell {
        Cell {
            row,
            column,
            row_span: 1,
            column_span,
            header,
            text: text.into(),
            page: 1,
            bbox: Rect::default(),
        }
    }

    /// A table of `columns` columns out of cells; the number of rows is taken from them.
    pub fn table(columns: u32, cells: Vec<Cell>) -> Table {
        Table {
            rows: cells.iter().map(|c| c.row + c.row_span).max().unwrap_or(0),
            columns,
            cells,
            caption: None,
        }
    }

    pub fn document(contents: Vec<BlockContent>) -> Document {
        let blocks = contents
            .into_iter()
            .map(|content| Block { page: 1, bbox: Rect::new(72.0, 80.5, 310.25, 96.0), content })
            .collect();
        Document {
            schema_version: SCHEMA_VERSION,
            id: DocumentId::new("file:///a", "b/c.pdf"),
            source: "file:///a".into(),
            key: "b/c.pdf".into(),
            content_hash: ContentHash::of(b""),
            size_bytes: 0,
            metadata: Metadata {
                title: Some(Field { value: "A <b> & c".into(), origin: Origin::Text }),
                language: Some(Field { value: "ko".into(), origin: Origin::Text }),
                ..Metadata::default()
            },
            outline: Vec::new(),
            blocks,
            pages: Vec::new(),
            readiness: Readiness::default(),
            warnings: Vec::new(),
        }
    }

    /// One block of each kind that has only text.
    pub fn texts() -> Vec<BlockContent> {
        let item = |depth, marker: &str, text: &str| BlockContent::ListItem {
            depth,
            marker: marker.into(),
            text: text.into(),
        };
        vec![
            BlockContent::Furniture { role: FurnitureRole::Header, text: "Running head".into() },
            BlockContent::Heading { level: 2, text: "1.2 Scope".into() },
            BlockContent::Paragraph { text: "# not a heading, a < b".into() },
            item(0, "•", "one"),
            item(1, "3.", "two"),
            item(0, "가.", "three"),
            BlockContent::Figure { text: String::new() },
            BlockContent::Caption { text: "Figure 1".into() },
            BlockContent::Footnote { text: "1 See <script>.".into() },
        ]
    }
}
