//! Whether aligned lines are a table. In: the cells of each line. Out: yes or no. The danger is prose in
//! columns, which is aligned too: prose fills its column line after line, goes on in lower case and has
//! many words a line; cells do not. What else columns of text show stands in `running`.

use super::running;
use super::unruled::{Evidence, View, leads};
use crate::segment::line::Line;
use crate::segment::marker;

pub fn is_table(lines: &[Line], rows: &[Vec<View>], columns: usize, evidence: Evidence) -> bool {
    let multi: Vec<&Vec<View>> = rows.iter().filter(|r| r.len() >= 2).collect();
    let ruled = evidence != Evidence::Alignment;
    let needed = if ruled { 2 } else { 3 };
    if multi.len() < needed || (!ruled && multi.len() * 5 < rows.len() * 2) {
        return false;
    }
    // Formulas are set in pieces that stand apart like cells, and their fractions have rules.
    if rows.iter().filter(|r| is_formula(r) || is_equation(r)).count() * 3 > rows.len() {
        return false;
    }
    if evidence == Evidence::HeadedRules {
        return true;
    }
    // Markers beside text are a list; several columns of marked entries are lists side by side.
    let marked = |column: usize| {
        let cells: Vec<&View> = multi.iter().filter_map(|r| r.iter().find(|v| v.column == column)).collect();
        let markers = cells.iter().filter(|v| marker::list(&format!("{} item", v.text)).is_some()).count();
        (markers, cells.len())
    };
    let (markers, cells) = marked(0);
    if columns == 2 && markers * 10 >= cells * 7 && cells > 0 {
        return false;
    }
    let mut entries = (1..columns).filter(|c| {
        let (markers, cells) = marked(*c);
        cells >= 2 && markers * 10 >= cells * 6
    });
    if markers * 10 >= cells * 4 && entries.next().is_some() {
        return false;
    }
    // Codes of fields ("(21)", "(51)") that skip numbers label the parts of a form.
    let codes: Vec<u32> = rows
        .iter()
        .filter_map(|r| r.first().filter(|v| v.column == 0))
        .filter_map(|v| marker::list(&format!("{} item", v.text)).filter(|m| m.is_code()))
        .map(|m| m.value)
        .collect();
    let skips = codes.windows(2).any(|w| w[1] != w[0] + 1);
    if !ruled && codes.len() >= 2 && codes.len() * 3 >= rows.len() && skips {
        return false;
    }
    if is_contents(lines, rows, columns) {
        return false;
    }
    // Cells of a row share its baseline; columns of text that only overlap do not.
    let uneven = |r: &[View], size: f32| {
        let low = r.iter().map(|v| v.baseline).fold(f32::NEG_INFINITY, f32::max);
        low - r.iter().map(|v| v.baseline).fold(f32::INFINITY, f32::min) > size * 0.18
    };
    let apart = rows.iter().zip(lines).filter(|(r, l)| r.len() >= 2 && uneven(r, l.size)).count();
    if !ruled && apart * 3 > multi.len() {
        return false;
    }
    // Words are not broken from the last cell of a row to the first of the next.
    if !ruled && rows.windows(2).any(|w| breaks_across(&w[0], &w[1])) {
        return false;
    }
    // Wide gaps within a sentence (justified lines, formulas in text) do not make cells of it.
    let neighbours = || multi.iter().flat_map(|r| r.windows(2));
    let goes_on = neighbours().filter(|w| w[1].text.chars().next().is_some_and(char::is_lowercase)).count();
    if !ruled && goes_on * 5 >= neighbours().count() * 2 && goes_on >= 2 {
        return false;
    }
    let prose = (0..columns).filter(|c| is_prose(rows, *c)).count();
    let quantities: Vec<f32> = (0..columns)
        .map(|c| {
            let cells: Vec<&View> = rows.iter().flatten().filter(|v| v.column == c && v.span == 1).collect();
            // A number or two between columns of text are years and pages, which happen to stand in a gap.
            if cells.is_empty() || (!ruled && cells.len() * 4 < rows.len()) {
                0.0
            } else {
                cells.iter().filter(|v| v.numeric).count() as f32 / cells.len() as f32
            }
        })
        .collect();
    let has_quantities = quantities.iter().any(|q| *q >= 0.5);
    if !has_quantities && running::is_running(rows, columns, ruled) {
        return false;
    }
    if !ruled
        && !has_quantities
        && running::is_page_of_columns(rows, columns)
        && !rows_align(lines, rows, columns)
    {
        return false;
    }
    if prose >= 1 && rows_align(lines, rows, columns) {
        return true;
    }
    // Running text at the left with cells beside it is a text column beside a table.
    // Labels of rows may be as long, but they do not go on in lower case line after line.
    let left: Vec<&View> = rows.iter().flatten().filter(|v| v.column == 0).collect();
    let lower = left.iter().filter(|v| v.text.chars().next().is_some_and(char::is_lowercase)).count();
    let full = left.iter().filter(|v| v.fill >= 0.8).count();
    if is_prose(rows, 0)
        && full * 2 >= left.len()
        && left.len() * 10 >= rows.len() * 7
        && lower * 4 >= left.len()
    {
        return false;
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
        (false, true) => {
            words <= 6.0 && filled >= 0.35 && (columns > 2 || multi.len() * 10 >= rows.len() * 6)
        }
        (false, false) => {
            words <= 4.5
                && filled >= 0.55
                && (columns >= 3 || multi.len() >= 4)
                && multi.len() * 2 >= rows.len()
        }
    }
}

/// A table of contents: titles with leaders, and nothing but page numbers at the right.
fn is_contents(lines: &[Line], rows: &[Vec<View>], columns: usize) -> bool {
    let numbers: Vec<&View> = rows.iter().flatten().filter(|v| v.column > 0).collect();
    let page =
        |v: &&&View| v.text.len() <= 4 && v.text.chars().all(|c| c.is_ascii_digit() || "ivxlc".contains(c));
    lines.iter().filter(|l| leads(l)).count() * 2 >= lines.len()
        && columns <= 3
        && numbers.iter().filter(page).count() * 10 >= numbers.len() * 7
}

/// Whether the word that a row ends in goes on at the start of the next row, and not below itself.
fn breaks_across(row: &[View], next: &[View]) -> bool {
    let lower = |v: &View| v.text.chars().next().is_some_and(char::is_lowercase);
    let Some(last) = row.last().filter(|v| v.column > 0) else { return false };
    let below = next.iter().find(|v| v.column + v.span > last.column);
    last.text.strip_suffix('-').is_some_and(|word| word.ends_with(char::is_lowercase))
        && next.first().is_some_and(|v| v.column == 0 && lower(v))
        && !below.is_some_and(lower)
}

/// Whether a line is mathematics: operators and letters of formulas rather than words and quantities.
fn is_formula(row: &[View]) -> bool {
    let (mut signs, mut letters) = (0usize, 0usize);
    for c in row.iter().flat_map(|v| v.text.chars()) {
        match c {
            // Not brackets: intervals and lists of values in cells have them as well.
            '=' | '|' | '{' | '}' | '±' | '×' | '→' => signs += 1,
            'α'..='ω'
            | 'Α'..='Ω'
            | '\u{2200}'..='\u{22ff}'
            | '\u{239b}'..='\u{23ad}'
            | '\u{f8e0}'..='\u{f8ff}'
            | '\u{1d400}'..='\u{1d7ff}' => signs += 1,
            c if c.is_alphanumeric() => letters += 1,
            _ => {}
        }
    }
    signs >= 2 && signs * 7 >= letters
}

/// Whether a line is what text leaves of a numbered equation whose letters are drawn or say nothing: brackets
/// and signs, and the number at the margin. Rows of accounts that show nothing but `(3)` have dashes, not
/// brackets, beside it.
fn is_equation(row: &[View]) -> bool {
    let is_number = |text: &str| {
        text.strip_suffix(')').is_some_and(|t| {
            let digits = t.strip_prefix('(').unwrap_or(t);
            (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let (numbers, others): (Vec<&View>, Vec<&View>) = row.iter().partition(|v| is_number(v.text));
    let is_sign = |c: char| "()[]{}=∑∫∏√".contains(c);
    !numbers.is_empty()
        && others.iter().any(|v| v.text.contains(is_sign))
        && others.iter().all(|v| !v.text.contains(char::is_alphanumeric))
}

/// A column of running text: many words a line, lines that fill the column, lines that go on in lower case.
fn is_prose(rows: &[Vec<View>], column: usize) -> bool {
    let cells: Vec<&View> = rows.iter().flatten().filter(|v| v.column == column && v.span == 1).collect();
    if cells.len() < 3 {
        return false;
    }
    let share =
        |test: &dyn Fn(&View) -> bool| cells.iter().filter(|v| test(v)).count() as f32 / cells.len() as f32;
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
    let starts: Vec<usize> =
        std::iter::once(0).chain((1..rows.len()).filter(|i| steps[i - 1] > limit)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn views<'t>(row: &[&'t str]) -> Vec<View<'t>> {
        let view = |(column, text): (usize, &&'t str)| View {
            column,
            span: 1,
            text,
            words: 1,
            numeric: false,
            fill: 0.5,
            baseline: 0.0,
        };
        row.iter().enumerate().filter(|(_, text)| !text.is_empty()).map(view).collect()
    }

    fn check(row: &[&str], expected: bool) {
        assert_eq!(is_equation(&views(row)), expected, "{row:?}");
    }

    #[test]
    fn numbered_equations_are_no_rows() {
        check(&["(", ")", "(3)"], true);
        check(&["∑", "(11)"], true);
        check(&["( ) )", "(8)", "(", ")"], true);
        check(&["-", "(12)", "(3)"], false);
        check(&["Net loss", "(12)", "(3)"], false);
        check(&["(a)", "(3)"], false);
        check(&["(", ")"], false);
    }

    fn check_break(row: &[&str], next: &[&str], expected: bool) {
        assert_eq!(breaks_across(&views(row), &views(next)), expected, "{row:?} {next:?}");
    }

    #[test]
    fn words_broken_from_last_cell_to_first_are_prose() {
        check_break(&["in the", "Reliq.", "An-"], &["tiq. i. 2.", "The same", "the"], false);
        check_break(&["in the", "Reliq.", "An-"], &["tiq. i. 2.", "The same", "Tally"], true);
        check_break(&["in the", "Reliq.", "An-"], &["tiq. i. 2."], true);
        // Broken within their column, or the row begins anew.
        check_break(&["pump", "with an elec-"], &["and valve", "tric motor"], false);
        check_break(&["pump", "with an elec-"], &["Valve", "Tin"], false);
        check_break(&["loss", "-"], &["of tax", "3"], false);
    }
}
