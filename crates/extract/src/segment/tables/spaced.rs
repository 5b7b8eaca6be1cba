//! Tables whose rows are blocks of lines with white between, their shorter cells centred in height. In: lines of
//! a region. Out: drafts and the lines they take. Line by line such a table is a jumble, as cells of one row
//! share no baselines; what shows it is white that runs across all columns between the rows, gutters that run
//! down through all rows, and short cells that stand at the middle of their row. Columns of prose do not.

use super::grid::{Draft, Piece, table};
use crate::segment::join::Vocabulary;
use crate::segment::line::{Line, core, em};
use pagemill_document::{Page, Rect, Word};
use std::ops::Range;

/// White between rows in ems, from the baseline above to the top of small letters below; lines of one text
/// stand closer.
const ROW_GAP: f32 = 0.95;
/// Columns are apart by this many ems in most rows.
const COLUMN_GAP: f32 = 0.75;
/// White narrower than this, in ems, is a space.
const SPACE: f32 = 0.5;

/// Lines with white above and below all of them.
struct Band<'a> {
    range: Range<usize>,
    words: Vec<&'a Word>,
}

/// One cell: extent of its words, and how many lines they are.
struct Block {
    y0: f32,
    y1: f32,
    lines: usize,
}

/// Tables among `lines`, which are sorted from top to bottom.
pub fn find(page: &Page, lines: &[Line], vocabulary: &Vocabulary) -> Vec<(Draft, Range<usize>)> {
    let bands = bands(lines);
    let mut out = Vec::new();
    let mut start = 0;
    while start + 3 <= bands.len() {
        let mut best: Option<(usize, Vec<f32>)> = None;
        for end in start + 2..bands.len().min(start + 60) + 1 {
            let gutters = gutters(&bands[start..end]);
            if gutters.is_empty() {
                break;
            }
            if end >= start + 3 && best.as_ref().is_none_or(|b| gutters.len() >= b.1.len()) {
                best = Some((end, gutters));
            }
        }
        let found = best.and_then(|(end, mut gutters)| {
            let free = out.last().map_or(0, |(_, range): &(Draft, Range<usize>)| range.end);
            let above = start.checked_sub(1).filter(|h| bands[*h].range.start >= free);
            let headed = above.map(|h| headed_gutters(&bands[h], &bands[start..end], &gutters));
            let head = above.zip(headed).filter(|(h, all)| is_head(&bands[*h], &bands[start], all));
            let head = head.map(|(h, all)| {
                gutters = all;
                h
            });
            let first = head.unwrap_or(start);
            let draft = read(page, first..start, &bands[..end], &gutters, vocabulary)?;
            Some((draft, first, end))
        });
        match found {
            Some((draft, first, end)) => {
                out.push((draft, bands[first].range.start..bands[end - 1].range.end));
                start = end;
            }
            None => start += 1,
        }
    }
    out
}

fn bands<'a>(lines: &[Line<'a>]) -> Vec<Band<'a>> {
    let mut out: Vec<Band<'a>> = Vec::new();
    let mut bottom = f32::NEG_INFINITY;
    for (i, line) in lines.iter().enumerate() {
        let top = line.words.iter().map(|w| core(w).y0).fold(f32::INFINITY, f32::min);
        match out.last_mut() {
            Some(band) if top - bottom < line.size * ROW_GAP => {
                band.range.end = i + 1;
                band.words.extend(&line.words);
            }
            _ => out.push(Band { range: i..i + 1, words: line.words.clone() }),
        }
        bottom = line.words.iter().map(|w| core(w).y1).fold(bottom, f32::max);
    }
    out
}

/// Middles of the white that runs down through all bands, between words and wide in most of them. None where a
/// band has mere spaces there: it is a line of text that happens to let the white through.
fn gutters(bands: &[Band]) -> Vec<f32> {
    let size = bands[0].words.first().map_or(10.0, |w| em(w));
    let mut spans: Vec<(f32, f32)> =
        bands.iter().flat_map(|b| b.words.iter().map(|w| (w.bbox.x0, w.bbox.x1))).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut out, mut edges): (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
    let mut right = f32::INFINITY;
    for (x0, x1) in spans {
        if x0 - right > size * 0.12 {
            let middle = (x0 + right) / 2.0;
            let gaps: Vec<f32> = bands.iter().filter_map(|b| gap(b, middle)).collect();
            let (both, wide) = (gaps.len(), gaps.iter().filter(|g| **g > size * COLUMN_GAP).count());
            let apart = wide * 3 >= both * 2;
            let edge = !apart && is_edge(bands, x0, size);
            if both * 2 >= bands.len() && both >= 2 && (apart || edge) {
                out.push(middle);
                edges.extend(edge.then_some(middle));
            }
        }
        right = if right.is_finite() { right.max(x1) } else { x1 };
    }
    let spaces = |band: &Band| {
        let gaps: Vec<f32> =
            out.iter().filter(|g| !edges.contains(*g)).filter_map(|g| gap(band, *g)).collect();
        gaps.iter().filter(|g| **g < size * SPACE).count() * 3 > gaps.len()
    };
    if bands.iter().any(spaces) { Vec::new() } else { out }
}

/// The gutters as the head leaves them, with those before columns that few rows fill, which the head alone shows:
/// white that runs through the head and all rows, wide wherever words stand on both sides of it, as they do in the
/// head and in a row.
fn headed_gutters(head: &Band, rows: &[Band], gutters: &[f32]) -> Vec<f32> {
    let size = rows[0].words.first().map_or(10.0, |w| em(w));
    let extents = |b: &Band| b.words.iter().map(|w| (w.bbox.x0, w.bbox.x1)).collect::<Vec<_>>();
    let mut spans: Vec<(f32, f32)> = rows.iter().chain([head]).flat_map(extents).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let of_rows: Vec<(f32, f32)> = rows.iter().flat_map(extents).collect();
    // Of the white that the head leaves in a gutter of the rows the widest parts its heads, others are spaces.
    let mut widest: Vec<(f32, f32)> = gutters.iter().map(|g| (0.0, *g)).collect();
    let (mut found, mut right) = (Vec::new(), f32::INFINITY);
    for (x0, x1) in spans {
        let middle = (x0 + right) / 2.0;
        if x0 - right > size * 0.12 {
            let from = of_rows.iter().map(|s| s.1).filter(|x| *x < middle).fold(f32::NEG_INFINITY, f32::max);
            let to = of_rows.iter().map(|s| s.0).filter(|x| *x > middle).fold(f32::INFINITY, f32::min);
            // A cell that fills its column comes closer to the next one, but no closer than words do.
            let gaps: Vec<f32> = rows.iter().filter_map(|b| gap(b, middle)).collect();
            let apart = !gaps.is_empty() && gaps.iter().all(|g| *g > size * SPACE);
            if let Some(i) = gutters.iter().position(|g| *g > from && *g < to) {
                if x0 - right > widest[i].0 {
                    widest[i] = (x0 - right, middle);
                }
            } else if apart && gap(head, middle).is_some_and(|g| g > size * COLUMN_GAP) {
                found.push(middle);
            }
        }
        right = if right.is_finite() { right.max(x1) } else { x1 };
    }
    found.extend(widest.iter().map(|w| w.1));
    found.sort_by(f32::total_cmp);
    found
}

/// Whether a column begins at `x`: the lines of cells that fill their column to the next one begin flush there,
/// in several rows, and hardly a word begins just behind.
fn is_edge(bands: &[Band], x: f32, size: f32) -> bool {
    let begins = |w: &Word| (w.bbox.x0 - x).abs() < size * 0.1;
    let near = |w: &Word| !begins(w) && w.bbox.x0 > x && w.bbox.x0 < x + size;
    let count = |test: &dyn Fn(&Word) -> bool| {
        bands.iter().map(|b| b.words.iter().filter(|w| test(w)).count()).collect::<Vec<_>>()
    };
    let (flush, off) = (count(&begins), count(&near));
    let total: usize = flush.iter().sum();
    flush.iter().filter(|n| **n >= 2).count() >= 3 && total >= 6 && off.iter().sum::<usize>() * 5 <= total
}

/// White between the words of a band on both sides of `middle`, if it has such.
fn gap(band: &Band, middle: f32) -> Option<f32> {
    let words = || band.words.iter().map(|w| &w.bbox);
    let left = words().map(|b| b.x1).filter(|x| *x < middle).fold(f32::NEG_INFINITY, f32::max);
    let right = words().map(|b| b.x0).filter(|x| *x > middle).fold(f32::INFINITY, f32::min);
    (left.is_finite() && right.is_finite()).then_some(right - left)
}

/// Whether a band right above the rows names their columns: few words in most of them. Heads set tight over
/// narrow columns may close the gutters.
fn is_head(band: &Band, first: &Band, gutters: &[f32]) -> bool {
    let columns = gutters.len() + 1;
    let mut counts = vec![0usize; columns];
    for word in &band.words {
        counts[gutters.partition_point(|g| *g < word.bbox.center().0)] += 1;
    }
    let filled = counts.iter().filter(|n| **n > 0).count();
    let bottom = band.words.iter().map(|w| core(w).y1).fold(f32::NEG_INFINITY, f32::max);
    let top = first.words.iter().map(|w| core(w).y0).fold(f32::INFINITY, f32::min);
    let size = first.words.first().map_or(10.0, |w| em(w));
    filled * 10 >= columns * 7 && counts.iter().all(|n| *n <= 7) && top - bottom < size * 8.0
}

/// Reads the bands from the first row of `heads` on; those after `heads` must look like the rows of a table.
fn read(
    page: &Page,
    heads: Range<usize>,
    bands: &[Band],
    gutters: &[f32],
    vocabulary: &Vocabulary,
) -> Option<Draft> {
    let bands = &bands[heads.start..];
    let columns = gutters.len() + 1;
    if columns > 12 {
        return None;
    }
    let mut cells: Vec<Vec<Vec<&Word>>> = Vec::with_capacity(bands.len());
    for band in bands {
        let mut row: Vec<Vec<&Word>> = vec![Vec::new(); columns];
        for word in &band.words {
            row[gutters.partition_point(|g| *g < word.bbox.center().0)].push(word);
        }
        cells.push(row);
    }
    if !is_table(&cells[heads.len()..], columns) {
        return None;
    }
    let pieces: Vec<Piece> = cells
        .into_iter()
        .enumerate()
        .flat_map(|(row, own)| {
            own.into_iter().enumerate().filter(|(_, words)| !words.is_empty()).map(move |(column, words)| {
                Piece { row, column, row_span: 1, column_span: 1, words, bbox: None }
            })
        })
        .collect();
    let pieces = super::refine::rows_within(page, pieces);
    let extent = Rect::union_all(bands.iter().flat_map(|b| b.words.iter().map(|w| &w.bbox)))?;
    let edges: Vec<f32> =
        std::iter::once(extent.x0).chain(gutters.iter().copied()).chain([extent.x1]).collect();
    table(page, pieces, edges, vocabulary)
}

/// Whether the blocks are cells: most rows have most columns, and where a cell is shorter than its row it
/// stands at the middle, not at the top.
fn is_table(cells: &[Vec<Vec<&Word>>], columns: usize) -> bool {
    let filled = |row: &Vec<Vec<&Word>>| row.iter().filter(|c| !c.is_empty()).count();
    let complete = cells.iter().filter(|r| filled(r) * 3 >= columns * 2 && filled(r) >= 2).count();
    if complete * 10 < cells.len() * 8 || complete < 3 {
        return false;
    }
    // Labels of two columns are short; more columns speak for themselves.
    let words = |c: usize| cells.iter().map(|r| r[c].len()).sum::<usize>() as f32 / cells.len() as f32;
    if columns == 2 && words(0).min(words(1)) > 5.0 {
        return false;
    }
    let (mut middle, mut elsewhere, mut rows) = (0, 0, 0);
    let (mut anew, mut further) = (0, 0);
    for row in cells {
        let blocks: Vec<Block> = row.iter().filter(|c| !c.is_empty()).map(|c| block(c)).collect();
        let (y0, y1) =
            blocks.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), c| (a.min(c.y0), b.max(c.y1)));
        let most = blocks.iter().map(|b| b.lines).max().unwrap_or(0);
        let size = row.iter().flatten().next().map_or(10.0, |w| em(w));
        let shorter = || blocks.iter().filter(|b| b.lines < most);
        let centred = shorter()
            .filter(|b| ((b.y0 + b.y1) - (y0 + y1)).abs() < size * 0.8 && b.y0 - y0 > size * 0.3)
            .count();
        middle += centred;
        elsewhere += shorter().count() - centred;
        rows += usize::from(centred > 0);
        for cell in row.iter().filter(|c| block(c).lines == most && most >= 2) {
            let starts = starts(cell);
            further += starts.len() - 1;
            anew += starts.iter().skip(1).filter(|c| !c.is_lowercase()).count();
        }
    }
    // Lines that all begin anew are values of their own beside the label of their group.
    rows >= 2 && middle >= 3 && middle >= elsewhere * 3 && anew * 10 <= further * 8
}

/// First letters of the lines of a cell.
fn starts(words: &[&Word]) -> Vec<char> {
    let mut sorted: Vec<&&Word> = words.iter().collect();
    sorted.sort_by(|a, b| core(a).y1.total_cmp(&core(b).y1));
    let mut out: Vec<(f32, f32, char)> = Vec::new();
    for word in sorted {
        let (own, first) = (core(word), word.text.chars().next().unwrap_or(' '));
        match out.last_mut() {
            Some(line) if own.y0 < line.0 - 0.5 => {
                if own.x0 < line.1 {
                    (line.1, line.2) = (own.x0, first);
                }
            }
            _ => out.push((own.y1, own.x0, first)),
        }
    }
    out.into_iter().map(|l| l.2).collect()
}

fn block(words: &[&Word]) -> Block {
    let mut levels: Vec<(f32, f32)> = words.iter().map(|w| (core(w).y0, core(w).y1)).collect();
    levels.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut lines, mut bottom) = (0, f32::NEG_INFINITY);
    let y0 = levels.iter().map(|l| l.0).fold(f32::INFINITY, f32::min);
    let y1 = levels.iter().map(|l| l.1).fold(f32::NEG_INFINITY, f32::max);
    for (top, base) in levels {
        if top >= bottom - 0.5 {
            lines += 1;
            bottom = base;
        }
    }
    Block { y0, y1, lines }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{face, text_line};
    use crate::segment::line::lines;

    #[test]
    fn a_head_shows_a_column_that_few_rows_fill() {
        let mut words = Vec::new();
        for (head, x) in
            [("Country", 50.0), ("Free from (1994)", 110.0), ("Rules on it", 250.0), ("Reports", 400.0)]
        {
            words.extend(text_line(head, x, 100.0, 10.0));
        }
        for (row, name) in ["Peru", "Chile", "Brazil"].iter().enumerate() {
            let y = 150.0 + 50.0 * row as f32;
            words.extend(text_line(name, 50.0, y, 10.0));
            words.extend(text_line("Yes", 110.0, y, 10.0));
            words.extend(text_line("Acquisition of land by an alien", 250.0, y, 10.0));
        }
        let among = |words: &[Word]| {
            let found = lines(&words.iter().collect::<Vec<_>>(), &[face()]);
            let bands = bands(&found);
            let known = gutters(&bands[1..]);
            (known.len(), headed_gutters(&bands[0], &bands[1..], &known))
        };
        // Without a row that fills it, it is none; the gutter behind the numbers is that of the widest head.
        let (known, all) = among(&words);
        assert!(known == 2 && all.len() == 2 && (190.0..250.0).contains(&all[1]), "{all:?}");
        words.extend(text_line("to the office", 408.0, 200.0, 10.0));
        let (known, all) = among(&words);
        assert!(known == 2 && all.len() == 3 && (390.0..410.0).contains(&all[2]), "{all:?}");
    }
}
