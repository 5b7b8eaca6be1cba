//! Cuts a document into chunks along its structure. In: blocks in reading order. Out: chunks that never cross
//! a heading, never pass the embedder's limit, and keep heading path, pages and boxes. Deterministic.
//!
//! Paragraphs and list items under one heading are packed up to a target; a table stands alone, whole or cut
//! between rows with its header repeated. Only a sentence longer than the limit is cut inside.

mod split;
mod units;

use crate::{Chunk, ChunkId, ChunkKind, Document, PageBox};
use units::{Section, Unit, sections};

/// Grows when the same document would be cut otherwise.
pub const CHUNKER_VERSION: u32 = 3;

/// Limits in tokens as the embedder counts them.
#[derive(Clone, Copy, Debug)]
pub struct ChunkLimits {
    /// Never passed by a chunk's `contextualized` text, special tokens included.
    pub max_tokens: usize,
    /// What a chunk aims at. Between the two a chunk is only left as it is, never grown.
    pub target_tokens: usize,
}

/// Cuts a document into chunks.
///
/// `count_tokens` counts a whole passage with everything that the embedder adds to it. It is called about
/// once for each block and once for each chunk.
pub fn chunk(document: &Document, limits: ChunkLimits, count_tokens: &dyn Fn(&str) -> usize) -> Vec<Chunk> {
    let counter = Counter { overhead: count_tokens(""), count: count_tokens };
    let mut chunks = Vec::new();
    for section in sections(document) {
        let context = Context::new(document, &section, limits, &counter);
        let room = Room {
            max: limits.max_tokens.saturating_sub(context.tokens).max(16),
            target: limits.target_tokens.saturating_sub(context.tokens).max(16),
        };
        for piece in pack(section.units, room, &counter) {
            chunks.push(context.chunk(document, chunks.len() as u32, piece, &counter));
        }
    }
    chunks
}

/// Counts tokens of parts, without what is added once for a passage.
struct Counter<'a> {
    overhead: usize,
    count: &'a dyn Fn(&str) -> usize,
}

impl Counter<'_> {
    fn part(&self, text: &str) -> usize {
        (self.count)(text).saturating_sub(self.overhead)
    }
}

/// Tokens left for text beside the context.
#[derive(Clone, Copy)]
struct Room {
    max: usize,
    target: usize,
}

/// What stands before the text of every chunk of a section: title and heading path.
struct Context {
    heading_path: Vec<String>,
    lead: String,
    /// Of the lead and of what the embedder adds.
    tokens: usize,
}

impl Context {
    fn new(document: &Document, section: &Section, limits: ChunkLimits, counter: &Counter<'_>) -> Self {
        let title = document.display_title();
        let mut parts: Vec<&str> = Vec::new();
        if section.heading_path.first().map(String::as_str) != Some(title) {
            parts.push(title);
        }
        parts.extend(section.heading_path.iter().map(String::as_str));
        // A path may take a third of the passage: what is dropped first is what stands farthest from the text,
        // and a single heading that long is cut.
        let allowed = limits.max_tokens / 3;
        let lead = loop {
            let lead = parts.join(" > ");
            if counter.part(&lead) <= allowed {
                break lead;
            }
            if parts.len() == 1 {
                break split::cut_to(&lead, allowed, counter);
            }
            parts.remove(0);
        };
        let tokens = counter.part(&lead) + counter.overhead + 2;
        Self { heading_path: section.heading_path.clone(), lead, tokens }
    }

    fn chunk(&self, document: &Document, position: u32, piece: Piece, counter: &Counter<'_>) -> Chunk {
        let contextualized =
            if self.lead.is_empty() { piece.text.clone() } else { format!("{}\n{}", self.lead, piece.text) };
        Chunk {
            id: ChunkId::new(&document.id, position, &contextualized),
            document: document.id.clone(),
            position,
            kind: piece.kind,
            heading_path: self.heading_path.clone(),
            tokens: (counter.count)(&contextualized) as u32,
            text: piece.text,
            contextualized,
            boxes: piece.boxes,
        }
    }
}

/// The text of one chunk.
struct Piece {
    kind: ChunkKind,
    text: String,
    boxes: Vec<PageBox>,
}

/// Packs units into pieces: text up to the target, tables and figures by themselves.
fn pack(units: Vec<Unit>, room: Room, counter: &Counter<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open: Vec<(Unit, usize)> = Vec::new();
    for unit in units {
        if unit.kind != ChunkKind::Text {
            close(&mut open, &mut pieces);
            pieces.extend(split::unit(unit, room, counter));
            continue;
        }
        let tokens = counter.part(&unit.text) + 1;
        let held: usize = open.iter().map(|(_, tokens)| tokens).sum();
        if held > 0 && held + tokens > room.target {
            close(&mut open, &mut pieces);
        }
        if tokens > room.max {
            pieces.extend(split::unit(unit, room, counter));
        } else {
            open.push((unit, tokens));
        }
    }
    close(&mut open, &mut pieces);
    pieces
}

fn close(open: &mut Vec<(Unit, usize)>, pieces: &mut Vec<Piece>) {
    if open.is_empty() {
        return;
    }
    let mut text = String::new();
    let mut boxes: Vec<PageBox> = Vec::new();
    for (unit, _) in open.drain(..) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&unit.text);
        boxes.extend(unit.boxes);
    }
    pieces.push(Piece { kind: ChunkKind::Text, text, boxes });
}

#[cfg(test)]
mod tests;
