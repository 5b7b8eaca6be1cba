//! Tables that alignment alone shows, or with a few horizontal rules. In: lines of a region. Out: drafts and
//! the lines they take. The idea (as in pdfplumber's and Tabula's stream modes, with stricter evidence):
//! several lines in a row that fall apart at the same white gutters, with cells that are not prose.

use super::columns::{columns, place, split_at_gutters};
use super::grid::{Draft, Piece, numeric, table};
use crate::segment::join::{self, Vocabulary};
use crate::segment::line::{Line, core};
use pagemill_document::{Page, Word};
use std::ops::Range;

/// A part of a line between wide gaps.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    pub words: Vec<&'a Word>,
    pub x0: f32,
    pub x1: f32,
}

/// What is known of the lines from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing but the alignment.
    Alignment,
    /// Horizontal rules of one width stand above and below.
    Rules,
    /// So they do, and the lines between the first two are heads that the columns below stand under.
    HeadedRules,
}

/// Finds tables among lines sorted from top to bottom. Returns each with the range of lines it takes.
pub fn find(page: &Page, lines: &[Line], vocabulary: &Vocabulary) -> Vec<(Draft, Range<usize>)> {
    super::labels::around(page, lines, |upright| all(page, upright, vocabulary))
}

fn all(page: &Page, lines: &[Line], vocabulary: &Vocabulary) -> Vec<(Draft, Range<usize>)> {
    let mut out = Vec::new();
    let mut start = 0;
    for (draft, range) in super::spaced::find(page, lines, vocabulary) {
        out.extend(aligned(page, lines, start..range.start, vocabulary));
        start = range.end;
        out.push((draft, range));
    }
    out.extend(aligned(page, lines, start..lines.len(), vocabulary));
    out
}

/// Tables within `among` whose rows are lines.
fn aligned(
    page: &Page,
    lines: &[Line],
    among: Range<usize>,
    vocabulary: &Vocabulary,
) -> Vec<(Draft, Range<usize>)> {
    let lines = &lines[..among.end];
    let segments: Vec<Vec<Segment>> = lines.iter().map(split).collect();
    let mut out = Vec::new();
    let (mut start, mut free, mut looked) = (among.start, among.start, among.start);
    while start < lines.len() {
        if segments[start].len() < 2 {
            start += 1;
            continue;
        }
        let end = run_end(lines, &segments, start);
        let rules = rules_across(page, &lines[start..end]);
        let bounds = Bounds { evidence: Evidence::Alignment, breaks: &rules };
        if let Some((draft, range)) = read(page, lines, &segments, start..end, bounds, vocabulary) {
            start = range.end.max(start + 1);
            free = start;
            out.push((draft, range));
            continue;
        }
        // By its words a table of terms is text; where it ends is told by its own columns.
        let behind = end.max(start + 1);
        while start < behind {
            if start < looked {
                start += 1;
                continue;
            }
            match super::terms::around(page, lines, free, start, vocabulary) {
                Ok((draft, range)) => {
                    (start, free) = (range.end, range.end);
                    out.push((draft, range));
                }
                Err(next) => looked = next,
            }
        }
    }
    out
}

/// Heights of rules that run across most of these lines, ascending: no row crosses them.
fn rules_across(page: &Page, lines: &[Line]) -> Vec<f32> {
    let Some(area) = pagemill_document::Rect::union_all(lines.iter().map(|l| &l.bbox)) else {
        return Vec::new();
    };
    let across =
        |r: &&pagemill_document::Ruling| r.horizontal && r.bbox.overlap_x(&area) > 0.6 * area.width();
    let mut out: Vec<f32> = page
        .rulings
        .iter()
        .take(2000)
        .filter(across)
        .map(|r| r.bbox.center().1)
        .filter(|y| *y > area.y0 && *y < area.y1)
        .collect();
    out.sort_by(f32::total_cmp);
    out
}

/// Reads all lines as one table whose rows are (partly) ruled at `breaks`, ascending in y.
pub fn banded(
    page: &Page,
    lines: &[Line],
    breaks: &[f32],
    evidence: Evidence,
    vocabulary: &Vocabulary,
) -> Option<(Draft, Range<usize>)> {
    let read = |upright: &[Line]| {
        if let Some((draft, range)) = super::spaced::find(page, upright, vocabulary).into_iter().next()
            && range.len() == upright.len()
        {
            return vec![(draft, range)];
        }
        let segments: Vec<Vec<Segment>> = upright.iter().map(split).collect();
        let bounds = Bounds { evidence, breaks };
        read(page, upright, &segments, 0..upright.len(), bounds, vocabulary).into_iter().collect()
    };
    super::labels::around(page, lines, read).into_iter().next()
}

/// Reads all lines as one table, known to be one from its parts.
pub fn whole(page: &Page, lines: &[Line], vocabulary: &Vocabulary) -> Option<Draft> {
    banded(page, lines, &[], Evidence::Rules, vocabulary).map(|(draft, _)| draft)
}

/// What stands around lines that may be a table.
#[derive(Clone, Copy)]
struct Bounds<'b> {
    evidence: Evidence,
    breaks: &'b [f32],
}

/// Splits a line where its gaps are wide: wider than an em, or far wider than its own spaces.
pub fn split<'a>(line: &Line<'a>) -> Vec<Segment<'a>> {
    let mut gaps: Vec<f32> = line
        .words
        .windows(2)
        .map(|w| w[1].bbox.x0 - w[0].bbox.x1)
        .filter(|g| *g > 0.02 * line.size)
        .collect();
    gaps.sort_by(f32::total_cmp);
    let usual = gaps.get(gaps.len() / 3).copied().unwrap_or(0.0);
    // Justified lines stretch all their spaces alike, so a line of many words is its own measure of what is
    // wide. In a line of few words each gap may be one between cells.
    let widest = if line.words.len() >= 6 { 1.5 } else { 1.0 };
    let wide = (usual * 2.5).clamp(line.size * 0.75, line.size * widest);
    // Numbers side by side are not set with more than a plain space unless they are cells.
    let between_numbers = line.size * 0.55;
    let mut out: Vec<Segment> = Vec::new();
    let leaders = leads(line);
    for word in line.words.iter().filter(|w| !(leaders && is_leader(&w.text))) {
        match out.last_mut() {
            Some(last)
                if {
                    let gap = word.bbox.x0 - last.x1;
                    let before = last.words.last().map_or("", |w| w.text.as_str());
                    let numbers = numeric(&word.text) && numeric(before);
                    // Accounts set the sign of a currency at the left of its column, the amount at the right.
                    if is_currency(before)
                        && word.text.starts_with(|c: char| c.is_ascii_digit() || "(-–—−".contains(c))
                    {
                        gap < line.size * 6.0
                    } else if is_currency(&word.text) {
                        gap < line.size * 0.2
                    } else {
                        gap < if numbers { between_numbers.min(wide) } else { wide }
                    }
                } =>
            {
                last.words.push(word);
                last.x1 = last.x1.max(word.bbox.x1);
            }
            _ => out.push(Segment { words: vec![word], x0: word.bbox.x0, x1: word.bbox.x1 }),
        }
    }
    out
}

pub fn is_currency(text: &str) -> bool {
    matches!(
        text,
        "$" | "€" | "£" | "¥" | "₩" | "￦" | "US$" | "C$" | "A$" | "R$" | "CHF" | "EUR" | "USD" | "KRW"
    )
}

/// Whether a run of five dots or more leads over white in this line; shorter ones are ellipses.
pub fn leads(line: &Line) -> bool {
    let mut run = 0;
    line.words.iter().any(|w| {
        run = if is_leader(&w.text) {
            run + w.text.chars().count() + usize::from(w.text.contains('…')) * 2
        } else {
            0
        };
        run >= 5
    })
}

/// Dots that lead the eye over white.
pub fn is_leader(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '.' | '…' | '·' | '‥' | '_'))
}

/// Lines that can belong to one table with the line at `start`: they follow closely, and lines of a single
/// piece are few and short (a label, a wrapped cell, a title between rows).
fn run_end(lines: &[Line], segments: &[Vec<Segment>], start: usize) -> usize {
    let mut end = start + 1;
    let mut single = 0;
    let (mut x0, mut x1) = (f32::INFINITY, f32::NEG_INFINITY);
    let widen = |segments: &[Segment], x0: &mut f32, x1: &mut f32| {
        for s in segments {
            *x0 = x0.min(s.x0);
            *x1 = x1.max(s.x1);
        }
    };
    widen(&segments[start], &mut x0, &mut x1);
    for i in start + 1..lines.len() {
        let step = lines[i].baseline - lines[i - 1].baseline;
        if step > 3.2 * lines[i].size.max(lines[i - 1].size) {
            break;
        }
        if segments[i].len() >= 2 {
            single = 0;
            end = i + 1;
            widen(&segments[i], &mut x0, &mut x1);
            continue;
        }
        single += 1;
        let width = segments[i].first().map_or(0.0, |s| s.x1 - s.x0);
        if single > 4 || width > 0.85 * (x1 - x0) {
            break;
        }
    }
    end
}

/// A cell of one line.
struct Entry<'a> {
    column: usize,
    span: usize,
    words: Vec<&'a Word>,
    text: String,
}

fn read(
    page: &Page,
    lines: &[Line],
    segments: &[Vec<Segment>],
    run: Range<usize>,
    bounds: Bounds,
    vocabulary: &Vocabulary,
) -> Option<(Draft, Range<usize>)> {
    let size = lines[run.start].size;
    let columns = columns(&segments[run.clone()], size);
    if columns.len() < 2 || columns.len() > 60 {
        return None;
    }
    let entries: Vec<Vec<Entry>> = run
        .clone()
        .map(|i| {
            let parts = segments[i].iter().flat_map(|s| {
                if place(s, &columns).1 > 1 { split_at_gutters(s, &columns, size) } else { vec![s.clone()] }
            });
            let mut row: Vec<Entry> = Vec::new();
            for part in parts {
                let (column, span) = place(&part, &columns);
                // Two pieces in one column are one cell.
                match row.last_mut() {
                    Some(last) if last.column + last.span > column => {
                        last.span = (column + span).max(last.column + last.span) - last.column;
                        last.words.extend(part.words);
                    }
                    _ => row.push(Entry { column, span, words: part.words, text: String::new() }),
                }
            }
            for entry in &mut row {
                entry.text = join::words(&entry.words);
            }
            row
        })
        .collect();
    let (lines, cells) = (&lines[run.clone()], views(&entries, &columns));
    if !super::evidence::is_table(lines, &cells, columns.len(), bounds.evidence) {
        return None;
    }
    let rows = super::rows::group(lines, &cells, columns.len(), bounds.breaks);
    // Lines that come to one row say nothing of columns: a formula with its fraction, names side by side.
    if bounds.evidence == Evidence::Alignment && rows.len() < 2 {
        return None;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (row, group) in rows.iter().enumerate() {
        let first = pieces.len();
        for entry in entries[group.clone()].iter().flatten() {
            let home = pieces[first..]
                .iter_mut()
                .find(|p| p.column < entry.column + entry.span && entry.column < p.column + p.column_span);
            match home {
                Some(piece) => {
                    let end = (piece.column + piece.column_span).max(entry.column + entry.span);
                    piece.column = piece.column.min(entry.column);
                    piece.column_span = end - piece.column;
                    piece.words.extend(entry.words.iter().copied());
                }
                None => pieces.push(Piece {
                    row,
                    column: entry.column,
                    row_span: 1,
                    column_span: entry.span,
                    words: entry.words.clone(),
                    bbox: None,
                }),
            }
        }
        merge_overlapping(&mut pieces, first);
    }
    let mut edges: Vec<f32> = vec![columns[0].0];
    edges.extend(columns.windows(2).map(|c| (c[0].1 + c[1].0) / 2.0));
    edges.push(columns[columns.len() - 1].1);
    table(page, pieces, edges, vocabulary).map(|draft| (draft, run))
}

/// Pieces of one row that came to overlap by growing are one.
fn merge_overlapping(pieces: &mut Vec<Piece>, first: usize) {
    pieces[first..].sort_by_key(|p| p.column);
    let mut i = first + 1;
    while i < pieces.len() {
        if pieces[i].column < pieces[i - 1].column + pieces[i - 1].column_span {
            let piece = pieces.remove(i);
            let left = &mut pieces[i - 1];
            let end = (left.column + left.column_span).max(piece.column + piece.column_span);
            left.column_span = end - left.column;
            left.words.extend(piece.words);
        } else {
            i += 1;
        }
    }
}

/// What the judges of rows and of table-ness see of an entry.
#[derive(Clone, Debug)]
pub struct View<'e> {
    pub column: usize,
    pub span: usize,
    pub text: &'e str,
    pub words: usize,
    pub numeric: bool,
    /// Width of the text over the width of its columns.
    pub fill: f32,
    /// Mean of its words' baselines in points.
    pub baseline: f32,
}

fn views<'e>(entries: &'e [Vec<Entry>], columns: &[(f32, f32)]) -> Vec<Vec<View<'e>>> {
    let view = |e: &'e Entry| {
        let last = (e.column + e.span - 1).min(columns.len() - 1);
        let width = (columns[last].1 - columns[e.column].0).max(1.0);
        let x0 = e.words.iter().map(|w| w.bbox.x0).fold(f32::INFINITY, f32::min);
        let x1 = e.words.iter().map(|w| w.bbox.x1).fold(f32::NEG_INFINITY, f32::max);
        View {
            column: e.column,
            span: e.span,
            text: &e.text,
            words: e.words.len(),
            numeric: numeric(&e.text),
            fill: (x1 - x0) / width,
            baseline: e.words.iter().map(|w| core(w).y1).sum::<f32>() / e.words.len().max(1) as f32,
        }
    };
    entries.iter().map(|row| row.iter().map(view).collect()).collect()
}
