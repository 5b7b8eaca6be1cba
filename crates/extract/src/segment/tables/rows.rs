//! Lines of an unruled table to its rows. In: the cells of each line. Out: ranges of lines, one a row.
//! A row of several lines shows in its spacing (closer inside than between), or in a line that only
//! goes on with what the line above began.

use super::unruled::View;
use crate::segment::line::Line;
use std::ops::Range;

/// `breaks` are horizontal rules: no row crosses one, and where rules stand between most rows they are the rows.
pub fn group(lines: &[Line], rows: &[Vec<View>], columns: usize, breaks: &[f32]) -> Vec<Range<usize>> {
    if lines.is_empty() {
        return Vec::new();
    }
    let band = |line: &Line| breaks.partition_point(|y| *y < line.baseline - line.size * 0.3);
    let bands = {
        let mut all: Vec<usize> = lines.iter().map(band).collect();
        all.dedup();
        all.len()
    };
    let fully_ruled = bands >= 4 && bands * 3 >= lines.len();
    let steps = steps(lines);
    let spaced = spaced(&steps, rows);
    let mut out: Vec<Range<usize>> = std::iter::once(0..1).collect();
    for i in 1..lines.len() {
        let current = out.len() - 1;
        let joined = match spaced {
            // Closer than lines of one text can be: cells of one row that are centred against one another.
            _ if steps[i - 1] < 0.85 => !both_complete(&rows[out[current].start..i], &rows[i], columns),
            _ if errors_below(rows, i) => true,
            _ if band(&lines[i]) != band(&lines[i - 1]) => false,
            _ if fully_ruled => !both_complete(&rows[out[current].start..i], &rows[i], columns),
            Some(limit) => {
                steps[i - 1] <= limit && !both_complete(&rows[out[current].start..i], &rows[i], columns)
            }
            None => goes_on(&rows[out[current].start..i], &rows[i], columns) || labelled_later(rows, i),
        };
        if joined {
            out[current].end = i + 1;
        } else {
            out.push(i..i + 1);
        }
    }
    out
}

/// Distances of neighbouring baselines in ems.
pub fn steps(lines: &[Line]) -> Vec<f32> {
    lines.windows(2).map(|w| (w[1].baseline - w[0].baseline) / w[1].size.max(w[0].size).max(1.0)).collect()
}

/// The step up to which lines are of one row, if the steps fall into two clear kinds: lines of one row are
/// set as tight as text is, rows stand apart.
pub fn spaced(steps: &[f32], rows: &[Vec<View>]) -> Option<f32> {
    let mut sorted: Vec<f32> = steps.iter().copied().filter(|s| *s >= 0.85).collect();
    if sorted.len() < 3 {
        return None;
    }
    sorted.sort_by(f32::total_cmp);
    let tight = sorted[sorted.len() / 20];
    if tight > 1.45 {
        return None;
    }
    // The widest relative jump between neighbouring step sizes.
    let (place, jump) =
        sorted.windows(2).enumerate().map(|(i, w)| (i, w[1] / w[0])).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let limit = (sorted[place] + sorted[place + 1]) / 2.0;
    let loose = sorted.len() - place - 1;
    if jump < 1.18 || loose * 5 < sorted.len() {
        return None;
    }
    // Tight lines must look like continuations: few of them bring a quantity of their own.
    let tight_lines: Vec<usize> =
        (0..steps.len()).filter(|i| steps[*i] <= limit && steps[*i] >= 0.85).map(|i| i + 1).collect();
    let quantities = tight_lines
        .iter()
        .filter(|i| {
            rows[**i].iter().any(|v| v.numeric && v.column > 0)
                && rows[**i - 1].iter().any(|v| v.numeric && v.column > 0)
        })
        .count();
    // Two full lines one above the other are two rows: cells rarely all wrap at once.
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let full = tight_lines
        .iter()
        .filter(|i| columns >= 3 && [**i, **i - 1].iter().all(|r| rows[*r].len() * 10 >= columns * 9))
        .count();
    (quantities * 3 <= tight_lines.len() && full * 2 <= tight_lines.len()).then_some(limit)
}

/// Whether a line and one of the lines above it are each a row of their own: both hold quantities in two
/// further columns, or both begin in the first column and hold a quantity in the same further one, or both
/// fill three columns or more and begin anew in most of them, as cells that all wrap at once rarely do.
fn both_complete(above: &[Vec<View>], row: &[View], columns: usize) -> bool {
    let anew = row.iter().filter(|v| !v.text.chars().next().is_some_and(char::is_lowercase)).count();
    if columns >= 3
        && row.len() == columns
        && anew * 3 >= columns * 2
        && above.iter().any(|a| a.len() == columns)
    {
        return true;
    }
    let quantity =
        |row: &[View]| row.iter().filter(|v| v.numeric && v.column > 0).map(|v| v.column).collect::<Vec<_>>();
    let first = |row: &[View]| row.iter().any(|v| v.column == 0);
    let here = quantity(row);
    above.iter().any(|other| {
        let common = quantity(other).iter().filter(|c| here.contains(c)).count();
        // Sums below a table: a name and an amount each, in the same two columns.
        let alike = other.len() >= 2 && other.iter().map(|v| v.column).eq(row.iter().map(|v| v.column));
        common >= 2 || (common == 1 && alike) || (common == 1 && first(other) && first(row))
    })
}

/// Standard errors and intervals in brackets, set below the values they belong to.
fn errors_below(rows: &[Vec<View>], i: usize) -> bool {
    let bracketed = |v: &View| {
        v.numeric && v.text.starts_with(['(', '[']) && v.text.trim_end_matches('*').ends_with([')', ']'])
    };
    let value_above =
        |v: &View| rows[i - 1].iter().any(|a| a.column == v.column && a.numeric && !bracketed(a));
    !rows[i].is_empty() && rows[i].iter().all(|v| v.column > 0 && bracketed(v) && value_above(v))
}

/// A line without a first cell that fills only columns begun above, with text that goes on.
fn goes_on(above: &[Vec<View>], row: &[View], columns: usize) -> bool {
    if row.is_empty() || row.iter().any(|v| v.numeric) {
        return false;
    }
    let begun = |v: &View| {
        above.iter().flatten().any(|a| a.column <= v.column && v.column < a.column + a.span && !a.numeric)
    };
    let lower = |v: &View| v.text.chars().next().is_some_and(char::is_lowercase);
    let full_above =
        |v: &View| above.last().is_some_and(|r| r.iter().any(|a| a.column == v.column && a.fill >= 0.75));
    let subset = row.len() < columns && row.iter().all(begun);
    let no_first = row.iter().all(|v| v.column > 0);
    subset
        && ((no_first && row.iter().all(|v| lower(v) || full_above(v) || row.len() == 1))
            || row.iter().all(lower))
}

/// The line above holds only the beginning of a label that this line ends and completes with its values.
fn labelled_later(rows: &[Vec<View>], i: usize) -> bool {
    let (above, here) = (&rows[i - 1], &rows[i]);
    above.len() == 1
        && above[0].column == 0
        && above[0].span == 1
        && here.len() >= 2
        && here[0].column == 0
        && here[0].text.chars().next().is_some_and(char::is_lowercase)
        && !above[0].text.ends_with([':', '.'])
}
