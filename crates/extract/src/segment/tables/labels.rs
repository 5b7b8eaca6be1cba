//! Labels that run upwards beside the rows they name. In: lines of a region and tables read from the upright
//! ones. Out: tables with the turned labels as cells over their rows. A turned word is as tall as several
//! lines and would pull them together, so tables are read without.

use super::grid::Draft;
use crate::segment::line::{Line, is_sideways};
use pagemill_document::{Cell, Page, Rect};
use std::ops::Range;

/// Reads tables from the upright lines with `read`, then gives the turned ones back to the tables around them.
pub fn around<'a>(
    page: &Page,
    lines: &[Line<'a>],
    read: impl Fn(&[Line<'a>]) -> Vec<(Draft, Range<usize>)>,
) -> Vec<(Draft, Range<usize>)> {
    let turned = |l: &Line| l.words.iter().all(|w| is_sideways(w));
    if !lines.iter().any(turned) {
        return read(lines);
    }
    let places: Vec<usize> = (0..lines.len()).filter(|i| !turned(&lines[*i])).collect();
    let upright: Vec<Line> = places.iter().map(|i| lines[*i].clone()).collect();
    if upright.is_empty() {
        return Vec::new();
    }
    let mut found = read(&upright);
    for (draft, range) in &mut found {
        let (Some(first), Some(last)) = (places.get(range.start), places.get(range.end.saturating_sub(1)))
        else {
            continue;
        };
        // A table of all lines takes the turned ones before and behind them too.
        *range = if range.len() == places.len() { 0..lines.len() } else { *first..last + 1 };
        let labels: Vec<&Line> = lines[range.clone()].iter().filter(|l| turned(l)).collect();
        attach(draft, &labels, page);
    }
    found
}

fn attach(draft: &mut Draft, labels: &[&Line], page: &Page) {
    let Some(left) = draft.table.cells.iter().map(|c| c.bbox.x0).reduce(f32::min) else { return };
    // Labels left of all cells are a column of their own; others stand in a column that is there.
    let outside = |l: &Line| l.bbox.center().0 < left;
    if labels.iter().any(|l| outside(l)) {
        draft.table.cells.iter_mut().for_each(|c| c.column += 1);
        draft.table.columns += 1;
        let edge = labels.iter().map(|l| l.bbox.x0).fold(left, f32::min);
        draft.edges.insert(0, edge);
    }
    for label in labels {
        let rows = rows_beside(draft, &label.bbox, page);
        let column = if outside(label) {
            0
        } else {
            let inner = &draft.edges[1..draft.edges.len().max(2) - 1];
            // Columns without text were dropped; their edges were not.
            let place = inner.partition_point(|x| *x <= label.bbox.center().0) as u32;
            place.min(draft.table.columns.saturating_sub(1))
        };
        draft.bbox = draft.bbox.union(&label.bbox);
        let taken = draft.table.cells.iter_mut().find(|c| {
            c.row < rows.end
                && rows.start < c.row + c.row_span
                && c.column <= column
                && column < c.column + c.column_span
        });
        if let Some(cell) = taken {
            cell.text = format!("{} {}", cell.text, label.text()).trim().to_owned();
            continue;
        }
        draft.table.cells.push(Cell {
            row: rows.start,
            column,
            row_span: rows.end - rows.start,
            column_span: 1,
            header: false,
            text: label.text(),
            page: page.number,
            bbox: label.bbox,
        });
    }
    draft.table.cells.sort_by_key(|c| (c.row, c.column));
}

/// Rows that a label names: those between the rules above and below it, or else those it stands beside.
fn rows_beside(draft: &Draft, label: &Rect, page: &Page) -> Range<u32> {
    let (x, y) = label.center();
    let rules = || {
        let across =
            page.rulings.iter().take(4000).filter(|r| r.horizontal && r.bbox.x0 <= x && r.bbox.x1 >= x);
        across
            .map(|r| r.bbox.center().1)
            .filter(|at| *at > draft.bbox.y0 - 12.0 && *at < draft.bbox.y1 + 12.0)
    };
    let top = rules().filter(|at| *at < y).fold(f32::NEG_INFINITY, f32::max);
    let bottom = rules().filter(|at| *at > y).fold(f32::INFINITY, f32::min);
    let (top, bottom) =
        if top.is_finite() && bottom.is_finite() { (top, bottom) } else { (label.y0, label.y1) };
    let middle = |row: u32| {
        let boxes = draft.table.cells.iter().filter(|c| c.row == row && c.row_span == 1).map(|c| &c.bbox);
        Rect::union_all(boxes).map(|b| b.center().1)
    };
    let mut beside = (0..draft.table.rows).filter(|r| middle(*r).is_some_and(|m| m > top && m < bottom));
    match beside.next() {
        Some(first) => first..beside.next_back().unwrap_or(first) + 1,
        None => 0..1,
    }
}
