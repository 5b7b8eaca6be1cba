//! Documents of arbitrary blocks through the chunker and the exports. What must hold: no panic, and no chunk passes the
//! embedder's limit.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pagemill_document::{
    Block, BlockContent, Cell, ChunkLimits, ContentHash, Document, DocumentId, FurnitureRole, Metadata,
    Readiness, Rect, SCHEMA_VERSION, Table, chunk, export,
};
use pagemill_fuzz::geometry::{rect, text};

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let _ = run(&mut u);
});

/// A token for every three letters or so, and for each word, as tokenizers have it.
fn tokens(text: &str) -> usize {
    2 + text.split_whitespace().map(|w| w.chars().count().div_ceil(3)).sum::<usize>()
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let target_tokens = u.int_in_range(0..=200)?;
    let max_tokens = target_tokens + u.int_in_range(64..=300)?;
    let mut blocks = Vec::new();
    for _ in 0..u.int_in_range(0u8..=40)? {
        if u.is_empty() {
            break;
        }
        blocks.push(Block { page: u.int_in_range(0..=5)?, bbox: rect(u)?, content: content(u)? });
    }
    let document = document(blocks);
    for piece in chunk(&document, ChunkLimits { max_tokens, target_tokens }, &tokens) {
        let found = tokens(&piece.contextualized);
        assert!(found <= max_tokens, "{found} tokens of {max_tokens}: {:?}", piece.contextualized);
        assert!(!piece.text.trim().is_empty(), "{piece:?} of {:?}", document.blocks);
        assert!(!piece.boxes.is_empty(), "{piece:?} of {:?}", document.blocks);
    }
    export::markdown(&document);
    export::html(&document);
    export::docling(&document);
    export::blocks(&document);
    Ok(())
}

fn words(u: &mut Unstructured<'_>) -> Result<String> {
    let count = u.int_in_range(0u8..=30)?;
    let words: Result<Vec<String>> = (0..count).map(|_| text(u, 12)).collect();
    Ok(words?.join(if u.ratio(1, 8)? { "" } else { " " }))
}

fn content(u: &mut Unstructured<'_>) -> Result<BlockContent> {
    Ok(match u.int_in_range(0u8..=9)? {
        0 | 1 => BlockContent::Heading { level: u.int_in_range(0..=9)?, text: words(u)? },
        2 => BlockContent::ListItem { depth: u.arbitrary()?, marker: text(u, 4)?, text: words(u)? },
        3 | 4 => BlockContent::Table(table(u)?),
        5 => BlockContent::Figure { text: words(u)? },
        6 => BlockContent::Caption { text: words(u)? },
        7 => BlockContent::Footnote { text: words(u)? },
        8 => BlockContent::Furniture { role: FurnitureRole::Header, text: words(u)? },
        _ => BlockContent::Paragraph { text: words(u)? },
    })
}

/// Cells of one place each, some places empty, in order, as the table promises.
fn table(u: &mut Unstructured<'_>) -> Result<Table> {
    let (rows, columns) = (u.int_in_range(0..=6u32)?, u.int_in_range(0..=5u32)?);
    let mut cells = Vec::new();
    for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
        if u.ratio(1, 6)? {
            continue;
        }
        cells.push(Cell {
            row,
            column,
            row_span: 1,
            column_span: 1,
            header: u.arbitrary()?,
            text: words(u)?,
            page: u.int_in_range(1..=5)?,
            bbox: Rect::default(),
        });
    }
    let caption = if u.arbitrary()? { Some(words(u)?) } else { None };
    Ok(Table { rows, columns, cells, caption })
}

fn document(blocks: Vec<Block>) -> Document {
    Document {
        schema_version: SCHEMA_VERSION,
        id: DocumentId::new("s", "k"),
        source: "s".into(),
        key: "k.pdf".into(),
        content_hash: ContentHash::of(b""),
        size_bytes: 0,
        metadata: Metadata::default(),
        outline: Vec::new(),
        blocks,
        pages: Vec::new(),
        readiness: Readiness::default(),
        warnings: Vec::new(),
    }
}
