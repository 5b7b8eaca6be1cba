//! Cuts what is too long for one chunk: a table between rows with its header repeated, text between
//! sentences, a sentence between words, and only a word longer than the limit inside.

use super::units::{TableRows, Unit, boxes_by_page};
use super::{Counter, Piece, Room};
use unicode_segmentation::UnicodeSegmentation;

/// One unit as pieces, each within the room.
pub(super) fn unit(unit: Unit, room: Room, counter: &Counter<'_>) -> Vec<Piece> {
    if counter.part(&unit.text) <= room.max {
        return vec![Piece { kind: unit.kind, text: unit.text, boxes: unit.boxes }];
    }
    match unit.rows {
        Some(rows) => table(&unit.kind, rows, room, counter),
        None => text(&unit.text, room.target, counter)
            .into_iter()
            .map(|part| Piece { kind: unit.kind, text: part, boxes: unit.boxes.clone() })
            .collect(),
    }
}

fn table(kind: &crate::ChunkKind, rows: TableRows, room: Room, counter: &Counter<'_>) -> Vec<Piece> {
    // A header that leaves no room for rows is cut; it helps no row by filling the chunk.
    let head = cut_to(&rows.head, room.max / 2, counter);
    let room_for_rows = room.max.saturating_sub(counter.part(&head) + 1).max(8);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut boxes = Vec::new();
    let mut held = 0;
    let mut close = |lines: &mut Vec<String>, boxes: &mut Vec<crate::PageBox>| {
        if lines.is_empty() {
            return;
        }
        let body = std::mem::take(lines).join("\n");
        let text = if head.is_empty() { body } else { format!("{head}\n{body}") };
        pieces.push(Piece { kind: *kind, text, boxes: boxes_by_page(std::mem::take(boxes).into_iter()) });
    };
    for (line, row_boxes) in rows.body {
        for part in text(&line, room_for_rows, counter) {
            let tokens = counter.part(&part) + 1;
            if held > 0 && held + tokens > room_for_rows {
                close(&mut open, &mut boxes);
                held = 0;
            }
            held += tokens;
            open.push(part);
            boxes.extend(row_boxes.iter().copied());
        }
    }
    close(&mut open, &mut boxes);
    pieces
}

/// Text in parts of at most `limit` tokens, cut between sentences where possible.
fn text(text: &str, limit: usize, counter: &Counter<'_>) -> Vec<String> {
    if counter.part(text) <= limit {
        return vec![text.to_owned()];
    }
    let mut parts = Vec::new();
    for sentence in text.unicode_sentences() {
        let fits = counter.part(sentence) <= limit;
        if fits { parts.push(sentence.to_owned()) } else { parts.extend(words(sentence, limit, counter)) }
    }
    let filled = fill(parts, limit, counter);
    filled.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A sentence in parts of at most `limit` tokens, cut between words, and words between characters.
fn words(sentence: &str, limit: usize, counter: &Counter<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for word in sentence.split_inclusive(char::is_whitespace) {
        if counter.part(word) <= limit {
            parts.push(word.to_owned());
            continue;
        }
        // No character is more than a few tokens (a byte each at worst): a quarter of the limit in characters is
        // safe for what is cut here, such as base64 or a script without spaces.
        parts.extend(pieces(word, (limit / 4).max(1)));
    }
    fill(parts, limit, counter)
}

/// A word in pieces of at most so many characters, cut between letters with their marks; marks without end on one
/// letter are cut too.
fn pieces(word: &str, most: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut held = most;
    for letter in word.graphemes(true) {
        let count = letter.chars().count();
        if count > most {
            let characters: Vec<char> = letter.chars().collect();
            out.extend(characters.chunks(most).map(|part| part.iter().collect::<String>()));
            held = most;
            continue;
        }
        match out.last_mut() {
            Some(last) if held + count <= most => last.push_str(letter),
            _ => {
                out.push(letter.to_owned());
                held = 0;
            }
        }
        held += count;
    }
    out
}

/// Joins neighbours while they stay within the limit. Parts carry their own white space.
fn fill(parts: Vec<String>, limit: usize, counter: &Counter<'_>) -> Vec<String> {
    let mut filled: Vec<String> = Vec::new();
    let mut held = 0;
    for part in parts {
        let tokens = counter.part(&part) + 1;
        match filled.last_mut() {
            Some(last) if held + tokens <= limit => {
                last.push_str(&part);
                held += tokens;
            }
            _ => {
                filled.push(part);
                held = tokens;
            }
        }
    }
    filled
}

/// The beginning of a text, at most `limit` tokens.
pub(super) fn cut_to(whole: &str, limit: usize, counter: &Counter<'_>) -> String {
    text(whole, limit.max(1), counter).into_iter().next().unwrap_or_default()
}
