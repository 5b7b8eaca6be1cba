//! Rows and columns that a lattice does not draw. In: the pieces of a lattice. Out: the same text in finer
//! pieces. Many tables rule only their head and their columns, or only some columns; the evidence for more
//! is quantities stacked in a cell, or side by side in every row of a column.

use super::grid::{Piece, numeric};
use super::lattice::Lattice;
use super::ruled::{Group, stacked_quantities};
use crate::segment::join;
use crate::segment::line::{Line, core, lines};
use pagemill_document::{Page, Rect, Word};

/// Splits merged cells whose text says that they are none: lines that keep to the rows one by one, or words
/// that keep to the columns with white between them. Tables often rule only their head and some columns.
pub fn unmerged(
    page: &Page,
    lattice: &Lattice,
    groups: Vec<Group>,
    content: Vec<Vec<usize>>,
) -> (Vec<Group>, Vec<Vec<usize>>) {
    let mut out: (Vec<Group>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (group, own) in groups.into_iter().zip(content) {
        let words: Vec<&Word> = own.iter().map(|i| &page.words[*i]).collect();
        let row_at = |y: f32| lattice.ys.partition_point(|v| *v <= y).clamp(1, lattice.ys.len() - 1) - 1;
        let column_at = |x: f32| lattice.xs.partition_point(|v| *v <= x).clamp(1, lattice.xs.len() - 1) - 1;
        let (by_row, by_column) = (
            group.row_span > 1 && one_line_a_row(page, &words, group.row_span, &row_at),
            group.column_span > 1 && words_keep_to_columns(&words, lattice, &group),
        );
        if !by_row && !by_column {
            out.0.push(group);
            out.1.push(own);
            continue;
        }
        let rows = if by_row { group.row_span } else { 1 };
        let columns = if by_column { group.column_span } else { 1 };
        for r in 0..rows {
            for c in 0..columns {
                let part: Vec<usize> = own
                    .iter()
                    .copied()
                    .filter(|i| {
                        let (x, y) = core(&page.words[*i]).center();
                        (!by_row || row_at(y) == group.row + r)
                            && (!by_column || column_at(x) == group.column + c)
                    })
                    .collect();
                out.0.push(Group {
                    row: group.row + r,
                    column: group.column + c,
                    row_span: if by_row { 1 } else { group.row_span },
                    column_span: if by_column { 1 } else { group.column_span },
                });
                out.1.push(part);
            }
        }
    }
    out
}

fn one_line_a_row(page: &Page, words: &[&Word], rows: usize, row_at: &impl Fn(f32) -> usize) -> bool {
    let found = lines(words, &page.fonts);
    let mut homes: Vec<usize> = found.iter().map(|l| row_at(l.baseline - l.size * 0.3)).collect();
    homes.dedup();
    found.len() >= 2 && homes.len() == found.len() && found.len() * 10 >= rows * 6
}

fn words_keep_to_columns(words: &[&Word], lattice: &Lattice, group: &Group) -> bool {
    let borders = &lattice.xs[group.column + 1..group.column + group.column_span];
    if words.iter().any(|w| borders.iter().any(|x| w.bbox.x0 < x - 1.0 && w.bbox.x1 > x + 1.0)) {
        return false;
    }
    // White on both sides of every border that has words on both sides.
    let mut parts = 0;
    let mut before = f32::NEG_INFINITY;
    for x in borders {
        let left = words
            .iter()
            .filter(|w| w.bbox.x1 <= x + 1.0)
            .map(|w| w.bbox.x1)
            .fold(f32::NEG_INFINITY, f32::max);
        let right =
            words.iter().filter(|w| w.bbox.x0 >= x - 1.0).map(|w| w.bbox.x0).fold(f32::INFINITY, f32::min);
        let size = words.first().map_or(10.0, |w| w.size);
        if left > before && right.is_finite() {
            if right - left < size * 0.8 {
                return false;
            }
            parts += 1;
        }
        before = *x;
    }
    parts >= 1
}

/// Splits ruled rows in which at least half of the columns right of the first hold stacked quantities.
pub fn rows_within<'a>(page: &Page, pieces: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let rows = pieces.iter().map(|p| p.row + p.row_span).max().unwrap_or(0);
    let mut out: Vec<Piece> = Vec::new();
    let mut offset = 0;
    // For each old row its first new row and the number of new rows.
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(rows);
    let mut cuts: Vec<Vec<f32>> = Vec::with_capacity(rows);
    for row in 0..rows {
        let members: Vec<&Piece> = pieces.iter().filter(|p| p.row == row && p.row_span == 1).collect();
        let bands = bands(page, &members);
        places.push((offset, bands.len().max(1)));
        offset += bands.len().max(1);
        cuts.push(bands);
    }
    for piece in pieces {
        let (first, count) = places[piece.row];
        let last = places[piece.row + piece.row_span - 1];
        if piece.row_span > 1 || count == 1 {
            out.push(Piece { row: first, row_span: last.0 + last.1 - first, ..piece });
            continue;
        }
        let bounds = &cuts[piece.row];
        for part in 0..count {
            let (y0, y1) = (
                if part == 0 { f32::NEG_INFINITY } else { bounds[part] },
                bounds.get(part + 1).copied().unwrap_or(f32::INFINITY),
            );
            let words: Vec<&Word> = piece
                .words
                .iter()
                .copied()
                .filter(|w| {
                    let y = crate::segment::line::core(w).center().1;
                    y >= y0 && y < y1
                })
                .collect();
            let bbox = piece.bbox.map(|b| Rect { y0: y0.max(b.y0), y1: y1.min(b.y1), ..b });
            out.push(Piece { row: first + part, words, bbox, row_span: 1, ..piece.clone() });
        }
    }
    out
}

/// Upper ends of the rows within one ruled row; fewer than two where it is one row.
fn bands(page: &Page, members: &[&Piece]) -> Vec<f32> {
    let filled: Vec<&&Piece> = members.iter().filter(|p| !p.words.is_empty()).collect();
    let stacked: Vec<usize> =
        filled.iter().filter(|p| p.column > 0).map(|p| stacked_quantities(&p.words, page)).collect();
    let several = stacked.iter().filter(|n| **n >= 2).count();
    if filled.len() < 2 || several == 0 || several * 2 < stacked.len() {
        return Vec::new();
    }
    // The quantities name the rows: each level of them is one, and text above a level belongs to it.
    let words: Vec<&Word> = filled
        .iter()
        .filter(|p| p.column > 0 && stacked_quantities(&p.words, page) >= 2)
        .flat_map(|p| p.words.iter().copied())
        .collect();
    let levels = lines(&words, &page.fonts);
    let top = |l: &Line| l.baseline - l.size * 0.85;
    let all: Vec<&Word> = filled.iter().flat_map(|p| p.words.iter().copied()).collect();
    let text = lines(&all, &page.fonts);
    let mut out = vec![f32::NEG_INFINITY];
    for pair in levels.windows(2) {
        // Lines between two levels: the last label line above a level that starts after the first level's line.
        let between: Vec<&Line> = text
            .iter()
            .filter(|l| l.baseline > pair[0].baseline + 1.0 && l.baseline < pair[1].baseline - 1.0)
            .collect();
        let start = between
            .iter()
            .find(|l| !l.text().chars().next().is_some_and(char::is_lowercase))
            .map_or(top(&pair[1]), |l| top(l));
        // Lines of unlike sizes reach above one another; rows do not.
        out.push(start.max(out.last().copied().unwrap_or(start)));
    }
    out
}

/// Splits ruled columns whose lines fall, nearly all of them, into quantities side by side.
pub fn columns_within<'a>(page: &Page, pieces: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let columns = pieces.iter().map(|p| p.column + p.column_span).max().unwrap_or(0);
    let mut cuts: Vec<Vec<f32>> = Vec::with_capacity(columns);
    for column in 0..columns {
        cuts.push(gutters(page, &pieces, column));
    }
    if cuts.iter().all(Vec::is_empty) {
        return pieces;
    }
    let mut starts = vec![0usize; columns + 1];
    for column in 0..columns {
        starts[column + 1] = starts[column] + cuts[column].len() + 1;
    }
    let mut out = Vec::new();
    for piece in pieces {
        let own = &cuts[piece.column];
        let end = starts[piece.column + piece.column_span];
        let crossed = |w: &&Word| own.iter().any(|x| w.bbox.x0 < *x && w.bbox.x1 > *x);
        if piece.column_span > 1
            || own.is_empty()
            || piece.words.iter().any(crossed)
            || one_phrase(&piece, own)
        {
            out.push(Piece {
                column: starts[piece.column],
                column_span: end - starts[piece.column],
                ..piece
            });
            continue;
        }
        for part in 0..=own.len() {
            let x0 = if part == 0 { f32::NEG_INFINITY } else { own[part - 1] };
            let x1 = own.get(part).copied().unwrap_or(f32::INFINITY);
            let words: Vec<&Word> = piece
                .words
                .iter()
                .copied()
                .filter(|w| w.bbox.center().0 >= x0 && w.bbox.center().0 < x1)
                .collect();
            let bbox = piece.bbox.map(|b| Rect { x0: x0.max(b.x0), x1: x1.min(b.x1), ..b });
            out.push(Piece {
                column: starts[piece.column] + part,
                column_span: 1,
                words,
                bbox,
                ..piece.clone()
            });
        }
    }
    out
}

/// Words set as one phrase across a gutter: a heading over the columns.
fn one_phrase(piece: &Piece, gutters: &[f32]) -> bool {
    let mut words = piece.words.clone();
    words.sort_by(|a, b| a.bbox.x0.total_cmp(&b.bbox.x0));
    gutters.iter().any(|x| {
        words.windows(2).any(|w| {
            let gap = w[1].bbox.x0 - w[0].bbox.x1;
            w[0].bbox.x1 <= *x
                && w[1].bbox.x0 >= *x
                && gap < 0.5 * w[0].size
                && (w[0].baseline - w[1].baseline).abs() < 1.0
        })
    })
}

/// Positions that split a column: gaps that nearly all of its lines share, between quantities.
fn gutters(page: &Page, pieces: &[Piece], column: usize) -> Vec<f32> {
    let own: Vec<&Piece> =
        pieces.iter().filter(|p| p.column == column && p.column_span == 1 && !p.words.is_empty()).collect();
    let all: Vec<Line> = own.iter().flat_map(|p| lines(&p.words, &page.fonts)).collect();
    if all.len() < 3 {
        return Vec::new();
    }
    let split: Vec<Vec<(f32, f32, bool)>> = all
        .iter()
        .map(|l| {
            super::unruled::split(l).iter().map(|s| (s.x0, s.x1, numeric(&join::words(&s.words)))).collect()
        })
        .collect();
    let several: Vec<&Vec<(f32, f32, bool)>> = split.iter().filter(|s| s.len() >= 2).collect();
    let quantities = several
        .iter()
        .filter(|s| s.iter().filter(|p| p.2).count() >= 2 || s.iter().skip(1).all(|p| p.2))
        .count();
    if several.len() * 10 < all.len() * 6 || quantities * 10 < several.len() * 7 {
        return Vec::new();
    }
    // White that all lines of several pieces share.
    let mut edges: Vec<(f32, f32)> = several.iter().flat_map(|s| s.iter().map(|p| (p.0, p.1))).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::new();
    let mut right = f32::INFINITY;
    for (x0, x1) in edges {
        if x0 - right > 2.0 {
            out.push((right + x0) / 2.0);
            right = x1;
        }
        right = if right.is_infinite() { x1 } else { right.max(x1) };
    }
    out
}
