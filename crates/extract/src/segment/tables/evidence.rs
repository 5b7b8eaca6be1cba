//! Whether aligned lines are a table. In: the cells of each line. Out: yes or no. The danger is prose in
//! columns, which is aligned too: prose fills its column line after line, goes on in lower case and has
//! many words a line; cells do not.

use super::unruled::{Evidence, View};
use crate::segment::line::Line;
use crate::segment::marker;

pub fn is_table(lines: &[Line], rows: &[Vec<View>], columns: usize, evidence: Evidence) -> bool {
    let multi: Vec<&Vec<View>> = rows.iter().filter(|r| r.len() >= 2).collect();
    let ruled = evidence == Evidence::Rules;
    let needed = if ruled { 2 } else { 3 };
    if multi.len() < needed || (!ruled && multi.len() * 5 < rows.len() * 2) {
        return false;
    }
    // Markers beside text are a list.
    let first: Vec<&View> = multi.iter().filter_map(|r| r.iter().find(|v| v.column == 0)).collect();
    let markers = first.iter().filter(|v| marker::list(&format!("{} x", v.text)).is_some()).count();
    if columns == 2 && markers * 10 >= first.len() * 7 && !first.is_empty() {
        return false;
    }
    // A table of contents is a list of its own kind; leaders or page numbers at the end of prose titles.
    let leaders = rows.iter().flatten().filter(|v| v.text.contains("....") || v.text.contains(". . .") || v.text.contains("…")).count();
    if leaders * 2 >= rows.len() {
        return false;
    }
    let prose = (0..columns).filter(|c| is_prose(rows, *c)).count();
    let quantities: Vec<f32> = (0..columns)
        .map(|c| {
            let cells: Vec<&View> = rows.iter().flatten().filter(|v| v.column == c && v.span == 1).collect();
            if cells.is_empty() { 0.0 } else { cells.iter().filter(|v| v.numeric).count() as f32 / cells.len() as f32 }
        })
        .collect();
    let has_quantities = quantities.iter().any(|q| *q >= 0.5);
    if prose >= 1 && rows_align(lines, rows, columns) {
        return true;
    }
    if prose >= 2 || (prose == 1 && columns == 2 && !ruled && !labels(rows)) {
        return false;
    }
    let cells: Vec<&View> = multi.iter().flat_map(|r| r.iter()).collect();
    let words = cells.iter().map(|v| v.words).sum::<usize>() as f32 / cells.len().max(1) as f32;
    // How regular the columns are filled: in a table most rows have most columns.
    let filled = cells.len() as f32 / (multi.len() * columns) as f32;
    let spanning = cells.iter().filter(|v| v.span > 1).count() as f32 / cells.len().max(1) as f32;
    if spanning > 0.35 {
        return false;
    }
    match (ruled, has_quantities) {
        (true, _) => words <= 9.0 && filled >= 0.3,
        (false, true) => words <= 6.0 && filled >= 0.35 && (columns > 2 || multi.len() * 10 >= rows.len() * 6),
        (false, false) => words <= 4.5 && filled >= 0.55 && (columns >= 3 || multi.len() >= 4) && multi.len() * 2 >= rows.len(),
    }
}

/// A column of running text: many words a line, lines that fill the column, lines that go on in lower case.
fn is_prose(rows: &[Vec<View>], column: usize) -> bool {
    let cells: Vec<&View> = rows.iter().flatten().filter(|v| v.column == column && v.span == 1).collect();
    if cells.len() < 3 {
        return false;
    }
    let share = |test: &dyn Fn(&View) -> bool| cells.iter().filter(|v| test(v)).count() as f32 / cells.len() as f32;
    let words = cells.iter().map(|v| v.words).sum::<usize>() as f32 / cells.len() as f32;
    let full = share(&|v| v.fill >= 0.8);
    let goes_on = share(&|v| v.text.chars().next().is_some_and(char::is_lowercase));
    let numeric = share(&|v| v.numeric);
    if numeric > 0.4 {
        return false;
    }
    (words >= 4.0 && full >= 0.6) || (words >= 3.0 && full >= 0.45 && goes_on >= 0.4) || words >= 8.0
}

/// Whether text in columns falls into rows across all columns: white runs through at the same heights, and
/// below each white all columns begin anew while they end at different heights. Prose columns do not.
fn rows_align(lines: &[Line], rows: &[Vec<View>], columns: usize) -> bool {
    let steps = super::rows::steps(lines);
    let Some(limit) = super::rows::spaced(&steps, rows) else { return false };
    let starts: Vec<usize> = std::iter::once(0).chain((1..rows.len()).filter(|i| steps[i - 1] > limit)).collect();
    if columns < 3 || starts.len() < 3 {
        return false;
    }
    let complete = starts.iter().filter(|s| rows[**s].len() + 1 >= columns).count();
    let ends: Vec<usize> = starts.iter().skip(1).map(|s| s - 1).chain([rows.len() - 1]).collect();
    let ragged = starts.iter().zip(&ends).filter(|(s, e)| e > s && rows[**e].len() < columns).count();
    complete * 10 >= starts.len() * 8 && ragged * 2 >= starts.len()
}

/// Short labels on the left, each level with the start of a piece on the right.
fn labels(rows: &[Vec<View>]) -> bool {
    let left: Vec<&View> = rows.iter().flatten().filter(|v| v.column == 0).collect();
    let with_right = rows.iter().filter(|r| r.iter().any(|v| v.column == 0) && r.len() >= 2).count();
    let words = left.iter().map(|v| v.words).sum::<usize>() as f32 / left.len().max(1) as f32;
    left.len() >= 3 && words <= 3.5 && with_right * 10 >= left.len() * 8
}
