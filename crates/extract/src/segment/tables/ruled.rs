//! Tables with lines: full lattices, and bands between horizontal rules. In: an upright page. Out: drafts,
//! each with the words it takes. Lines alone prove nothing: frames around text, chart grids and form lines
//! are lattices too, so the text inside has the last word.

use super::grid::{Draft, Piece, numeric, table};
use super::lattice::{Lattice, Stroke};
use super::unruled::{self, Evidence};
use crate::segment::join::{self, Vocabulary};
use crate::segment::line::{Line, core, is_sideways, lines};
use pagemill_document::{Page, Rect, Word};

/// A found table with the indices of its words.
pub type Found = (Draft, Vec<usize>);

/// Words of a page with the box that decides where they are.
pub struct Words<'a> {
    pub page: &'a Page,
    /// Indices into the page's words that take part.
    pub live: Vec<usize>,
}

impl<'a> Words<'a> {
    pub fn inside(&self, area: &Rect) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for i in &self.live {
            let (x, y) = core(&self.page.words[*i]).center();
            if area.contains_point(x, y) {
                found.push(*i);
            }
        }
        found
    }

    /// Lines without those that run up or down.
    fn upright_lines(&self, indices: &[usize]) -> Vec<Line<'a>> {
        let upright: Vec<&Word> = self.words(indices).into_iter().filter(|w| !is_sideways(w)).collect();
        lines(&upright, &self.page.fonts)
    }

    fn words(&self, indices: &[usize]) -> Vec<&'a Word> {
        indices.iter().map(|i| &self.page.words[*i]).collect()
    }
}

/// Reads a lattice of lines as a table; `None` where it is something else.
pub fn lattice_table(lattice: &Lattice, words: &Words, vocabulary: &Vocabulary) -> Option<Found> {
    let (columns, rows) = (lattice.xs.len().checked_sub(1)?, lattice.ys.len().checked_sub(1)?);
    if columns == 0 || rows == 0 || columns > 80 || rows > 400 {
        return None;
    }
    let bbox = lattice.bbox();
    let members = words.inside(&bbox.grown(1.0));
    if members.len() < 3 {
        return None;
    }
    if columns == 1 {
        // A frame says nothing about what it holds; rules across it do.
        let evidence = if rows <= 2 { Evidence::Alignment } else { Evidence::Rules };
        return banded_table(&bbox, &lattice.ys, evidence, words, vocabulary);
    }
    let groups = merged_cells(lattice, rows, columns);
    // Words to cells.
    let mut content: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    let mut owner = vec![0usize; rows * columns];
    for (g, group) in groups.iter().enumerate() {
        for r in group.row..group.row + group.row_span {
            for c in group.column..group.column + group.column_span {
                owner[r * columns + c] = g;
            }
        }
    }
    for i in &members {
        let (x, y) = core(&words.page.words[*i]).center();
        let c = lattice.xs.partition_point(|v| *v <= x).clamp(1, columns) - 1;
        let r = lattice.ys.partition_point(|v| *v <= y).clamp(1, rows) - 1;
        content[owner[r * columns + c]].push(*i);
    }
    let (groups, content) = super::refine::unmerged(words.page, lattice, groups, content);
    let full = content.iter().filter(|c| !c.is_empty()).count();
    let letters: usize = members.iter().map(|i| words.page.words[*i].text.chars().count()).sum();
    // Frames and page layouts hold long text in few cells; chart grids hold next to none in many.
    if full < 3
        || members.len() > full * 70
        || letters > 450 * full
        || (groups.len() > 12 && full * 5 < groups.len())
    {
        return None;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (group, own) in groups.iter().zip(&content) {
        pieces.push(Piece {
            row: group.row,
            column: group.column,
            row_span: group.row_span,
            column_span: group.column_span,
            words: words.words(own),
            bbox: Some(Rect {
                x0: lattice.xs[group.column],
                y0: lattice.ys[group.row],
                x1: lattice.xs[group.column + group.column_span],
                y1: lattice.ys[group.row + group.row_span],
            }),
        });
    }
    let pieces = super::refine::rows_within(words.page, pieces);
    let pieces = super::refine::columns_within(words.page, pieces);
    let draft = table(words.page, pieces, lattice.xs.clone(), vocabulary)?;
    let shape = (draft.table.rows, draft.table.columns);
    // Two cells beside or above one another are boxes, not a table.
    if shape.0 < 2 || shape.1 < 2 || draft.table.cells.iter().filter(|c| !c.text.is_empty()).count() < 3 {
        return None;
    }
    Some((Draft { bbox, ruled: true, ..draft }, members))
}

/// A cell of a lattice.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub row: usize,
    pub column: usize,
    pub row_span: usize,
    pub column_span: usize,
}

/// Cells of the lattice, those without a line between them as one, as far as they form a rectangle.
fn merged_cells(lattice: &Lattice, rows: usize, columns: usize) -> Vec<Group> {
    let mut taken = vec![false; rows * columns];
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            if taken[row * columns + column] {
                continue;
            }
            let mut column_span = 1;
            while column + column_span < columns
                && !taken[row * columns + column + column_span]
                && !lattice.border_left_of(column + column_span, row)
            {
                column_span += 1;
            }
            let mut row_span = 1;
            while row + row_span < rows
                && (column..column + column_span).all(|c| {
                    !lattice.border_above(row + row_span, c) && !taken[(row + row_span) * columns + c]
                })
                && (column + 1..column + column_span).all(|c| !lattice.border_left_of(c, row + row_span))
                && (column == 0
                    || lattice.border_left_of(column, row + row_span)
                    || !lattice.border_left_of(column, row))
                && (column + column_span == columns
                    || lattice.border_left_of(column + column_span, row + row_span)
                    || !lattice.border_left_of(column + column_span, row))
            {
                row_span += 1;
            }
            for r in row..row + row_span {
                taken[r * columns + column..r * columns + column + column_span].fill(true);
            }
            out.push(Group { row, column, row_span, column_span });
        }
    }
    out
}

/// A table whose rows, or only whose head and foot, are ruled: columns come from alignment.
pub fn banded_table(
    bbox: &Rect,
    ys: &[f32],
    evidence: Evidence,
    words: &Words,
    vocabulary: &Vocabulary,
) -> Option<Found> {
    let area = Rect { x0: bbox.x0 - 2.0, x1: bbox.x1 + 2.0, ..*bbox };
    let members = words.inside(&area);
    let found_lines = lines(&words.words(&members), &words.page.fonts);
    if found_lines.len() < 2 {
        return None;
    }
    // A few lines of names between two rules are the heads of a table that the rules do not enclose.
    let quantities = members.iter().any(|i| numeric(&words.page.words[*i].text));
    if ys.len() <= 2 && found_lines.len() <= 4 && !quantities {
        return None;
    }
    let (draft, _) = unruled::banded(words.page, &found_lines, ys, evidence, vocabulary)?;
    (draft.table.rows >= 2 && draft.table.columns >= 2)
        .then_some((Draft { bbox: draft.bbox.union(bbox), ..draft }, members))
}

/// Tables between horizontal rules that meet no vertical ones. Rules of like extent are tried as head, body
/// and foot; the space between two neighbouring rules belongs to a table if its lines fall into cells.
pub fn between_rules(rules: &[Stroke], words: &Words, vocabulary: &Vocabulary) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    let mut used = vec![false; rules.len()];
    for first in 0..rules.len() {
        if used[first] || rules[first].to - rules[first].from < 40.0 {
            continue;
        }
        let alike = |s: &Stroke| {
            let common = s.to.min(rules[first].to) - s.from.max(rules[first].from);
            common >= 0.9 * (s.to - s.from).max(rules[first].to - rules[first].from)
        };
        let chain: Vec<usize> = (first..rules.len()).filter(|i| !used[*i] && alike(&rules[*i])).collect();
        let mut start = 0;
        let mut limit = usize::MAX;
        let mut tried_heads = false;
        while start + 1 < chain.len() {
            let mut end = start;
            while end + 1 < chain.len().min(limit.saturating_add(1))
                && tabular(&rules[chain[end]], &rules[chain[end + 1]], words)
            {
                end += 1;
            }
            let mut evidence = Evidence::Rules;
            // Three rules under heads are tried once: else a round could try what the one before gave up.
            if !tried_heads
                && start + 2 < chain.len()
                && end <= start + 1
                && headed(&chain[start..start + 3].iter().map(|i| rules[*i]).collect::<Vec<_>>(), words)
            {
                end = start + 2;
                evidence = Evidence::HeadedRules;
                tried_heads = true;
            }
            if end > start {
                let ys: Vec<f32> = chain[start..=end].iter().map(|i| rules[*i].at).collect();
                let bbox = grown_over_cells(
                    Rect { x0: rules[first].from, y0: ys[0], x1: rules[first].to, y1: ys[ys.len() - 1] },
                    words,
                );
                if let Some(found) = banded_table(&bbox, &ys, evidence, words, vocabulary) {
                    for i in &chain[start..=end] {
                        used[*i] = true;
                    }
                    out.push(found);
                } else if end > start + 1 {
                    // The last band may be what follows the table; without it the rest may still be one.
                    limit = end - 1;
                    continue;
                }
            }
            start = end.max(start + 1);
            limit = usize::MAX;
            tried_heads = false;
        }
    }
    out
}

/// Takes in the lines right above and below that fall into cells as well: heads over the first rule, and a
/// body below the rule under its heads.
fn grown_over_cells(bbox: Rect, words: &Words) -> Rect {
    let mut out = bbox;
    let reach = 400.0;
    for up in [true, false] {
        let area = if up {
            Rect { x0: bbox.x0 - 2.0, y0: bbox.y0 - 60.0, x1: bbox.x1 + 2.0, y1: bbox.y0 }
        } else {
            Rect { x0: bbox.x0 - 2.0, y0: bbox.y1, x1: bbox.x1 + 2.0, y1: bbox.y1 + reach }
        };
        let members = words.inside(&area);
        let mut near = words.upright_lines(&members);
        if up {
            near.reverse();
        }
        for line in near {
            let gap = if up { out.y0 - line.baseline } else { line.baseline - line.size - out.y1 };
            if gap > line.size * 1.1
                || unruled::split(&line).len() < 2
                || line.bbox.width() > bbox.width() + 4.0
            {
                break;
            }
            if up {
                out.y0 = line.bbox.y0.min(line.baseline - line.size);
            } else {
                out.y1 = line.bbox.y1.max(line.baseline + 1.0);
            }
        }
    }
    out
}

/// Whether three rules enclose heads and, below them, columns: one or two lines between the first two that
/// fall into pieces, and white left of each piece's start all the way down to the third.
fn headed(rules: &[Stroke], words: &Words) -> bool {
    let [top, middle, bottom] = rules else { return false };
    let band = |from: &Stroke, to: &Stroke| {
        let members = words.inside(&Rect { x0: top.from - 2.0, y0: from.at, x1: top.to + 2.0, y1: to.at });
        words.words(&members)
    };
    let (head_words, body_words) = (band(top, middle), band(middle, bottom));
    let (head, body) = (lines(&head_words, &words.page.fonts), lines(&body_words, &words.page.fonts));
    if head.is_empty() || head.len() > 3 || body.len() < 2 {
        return false;
    }
    let Some(pieces) = head.iter().map(unruled::split).max_by_key(Vec::len).filter(|p| p.len() >= 2) else {
        return false;
    };
    let short = pieces.iter().all(|p| p.words.len() <= 6);
    let em = head[0].size;
    let stands = |x: f32| {
        let clear = body_words.iter().all(|w| w.bbox.x1 <= x - em * 0.4 || w.bbox.x0 >= x - em * 0.3);
        let begins = body.iter().any(|l| l.words.iter().any(|w| (w.bbox.x0 - x).abs() < em * 0.5));
        clear && begins
    };
    // Heads and columns that are centred on one another begin at different places, but have a middle in common.
    let centred = |i: usize| {
        let (left, right) = (
            if i == 0 { f32::NEG_INFINITY } else { (pieces[i - 1].x1 + pieces[i].x0) / 2.0 },
            pieces.get(i + 1).map_or(f32::INFINITY, |p| (pieces[i].x1 + p.x0) / 2.0),
        );
        let own = || body_words.iter().filter(|w| w.bbox.x1 > left && w.bbox.x0 < right);
        let x0 = own().map(|w| w.bbox.x0).fold(f32::INFINITY, f32::min);
        let x1 = own().map(|w| w.bbox.x1).fold(f32::NEG_INFINITY, f32::max);
        let within = x0 >= left + em * 0.3 && x1 <= right - em * 0.3;
        within && (x0 + x1 - pieces[i].x0 - pieces[i].x1).abs() < em * 1.5
    };
    short && (1..pieces.len()).all(|i| stands(pieces[i].x0) || centred(i))
}

/// Whether the lines between two rules fall into cells.
fn tabular(above: &Stroke, below: &Stroke, words: &Words) -> bool {
    let area = Rect { x0: above.from - 2.0, y0: above.at, x1: above.to + 2.0, y1: below.at };
    let members = words.inside(&area);
    if members.is_empty() {
        return below.at - above.at < 4.0;
    }
    let found: Vec<Line> = words.upright_lines(&members);
    let pieces: Vec<usize> = found.iter().map(|l| unruled::split(l).len()).collect();
    let several = pieces.iter().filter(|n| **n >= 2).count();
    // A row of wrapped cells has lines of one piece around the line that shows its cells.
    let one_row = found.len() <= 6 && pieces.iter().any(|n| *n >= 3);
    // A long run of text between two rules is the page's body between its head and foot.
    several * 2 >= found.len() || (found.len() <= 2 && several + 1 >= found.len()) || one_row
}

/// Whether shaded rows are needed to see the table that they show: alignment alone does not show it.
pub fn needs_shading(area: &Rect, words: &Words, vocabulary: &Vocabulary) -> bool {
    let found = lines(&words.words(&words.inside(area)), &words.page.fonts);
    let shown: usize =
        unruled::find(words.page, &found, vocabulary).iter().map(|(_, range)| range.len()).sum();
    shown * 10 < found.len() * 7
}

/// Whether every line of a cell is a quantity, and there are several: then they are several rows.
pub fn stacked_quantities(words: &[&Word], page: &Page) -> usize {
    let found = lines(words, &page.fonts);
    let all = found.len() >= 2 && found.iter().all(|l| numeric(&join::words(&l.words)));
    if all { found.len() } else { 0 }
}
