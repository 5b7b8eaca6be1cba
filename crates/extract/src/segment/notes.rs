//! Footnotes at the foot of a column. In: the entries of a document in reading order with their kinds. Out: the
//! same with the notes of a page behind its text: a sentence goes on from one column to the next over the notes
//! between. Notes of a table stay with it.

use super::assemble::Entry;
use super::classify::{Body, Kind};
use pagemill_document::{BlockContent, Rect};

/// Moves notes with which a column ends behind the text of their page, before its furniture.
pub fn behind_text(entries: &mut Vec<Entry>, kinds: &mut Vec<(Kind, f32)>, body: &Body) {
    let mut notes = vec![false; entries.len()];
    for i in 1..entries.len() {
        let ((page, own), (next_page, next)) = (place(&entries[i - 1]), place(&entries[i]));
        // A column ends where the next thing of its page stands higher.
        // Where it goes on in the same small type, a list of references does.
        let ends = page == next_page && next.y1 < own.y0 && !is_furniture(&entries[i]);
        if ends && !is_small(&entries[i], body) {
            let start = start(entries, kinds, body, i);
            notes[start..i].fill(true);
        }
    }
    // The last column of such a page may end with notes as well; they go on where those of the others end.
    for i in 1..=entries.len() {
        let (page, _) = place(&entries[i - 1]);
        let last = !is_furniture(&entries[i - 1])
            && entries.get(i).is_none_or(|next| place(next).0 != page || is_furniture(next));
        let noted = || (0..i).rev().take_while(|j| place(&entries[*j]).0 == page).any(|j| notes[j]);
        if last && noted() {
            let start = start(entries, kinds, body, i);
            notes[start..i].fill(true);
        }
    }
    if !notes.contains(&true) {
        return;
    }
    // Where an entry goes: pages stay in order, and on a page text, then notes, then what stands at the foot.
    let mut last_text = vec![0; place(&entries[entries.len() - 1]).0 + 1];
    for (i, entry) in entries.iter().enumerate().filter(|(_, e)| !is_furniture(e)) {
        last_text[place(entry).0] = i;
    }
    let rank = |i: usize, entry: &Entry| {
        let page = place(entry).0;
        (page, if i > last_text[page] { 2 } else { u8::from(notes[i]) }, i)
    };
    let mut order: Vec<_> = std::mem::take(entries)
        .into_iter()
        .zip(std::mem::take(kinds))
        .enumerate()
        .map(|(i, (entry, kind))| (rank(i, &entry), entry, kind))
        .collect();
    order.sort_by_key(|o| o.0);
    for (_, entry, kind) in order {
        entries.push(entry);
        kinds.push(kind);
    }
}

/// Where the notes begin that end right before `end`; `end` without notes.
fn start(entries: &[Entry], kinds: &[(Kind, f32)], body: &Body, end: usize) -> usize {
    let (page, foot) = place(&entries[end - 1]);
    let mut above = foot.y1;
    let mut noted = false;
    let mut start = end;
    while start > 0 {
        let Entry::Text { place: set, .. } = &entries[start - 1] else { break };
        let (own_page, own) = place(&entries[start - 1]);
        let same_column = own_page == page && own.overlap_x(&foot) > 0.0 && own.y0 < above;
        if !is_small(&entries[start - 1], body) || !same_column || set.beside_object || set.height < 0.5 {
            break;
        }
        noted |= kinds[start - 1].0 == Kind::Footnote;
        above = own.y0;
        start -= 1;
    }
    // A column of small type alone is no column of notes: something stands above them.
    let headed = start > 0 && {
        let (own_page, own) = place(&entries[start - 1]);
        own_page == page && own.overlap_x(&foot) > 0.0 && own.y1 <= above + 2.0
    };
    if noted && headed { start } else { end }
}

fn place(entry: &Entry) -> (usize, Rect) {
    match entry {
        Entry::Text { page, bbox, .. } | Entry::Ready { page, bbox, .. } => (*page, *bbox),
        Entry::Table { page, draft } => (*page, draft.bbox),
    }
}

/// Whether text is set smaller than most, as notes are.
fn is_small(entry: &Entry, body: &Body) -> bool {
    matches!(entry, Entry::Text { paragraph, .. }
        if paragraph.lines.first().is_some_and(|l| l.size <= body.size * 0.93))
}

fn is_furniture(entry: &Entry) -> bool {
    matches!(entry, Entry::Ready { content: BlockContent::Furniture { .. }, .. })
}
