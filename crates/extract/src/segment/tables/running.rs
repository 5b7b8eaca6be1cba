//! Text in columns that are level with one another without being rows: entries of a dictionary, narrow columns of a
//! newspaper, a list that goes on in the next column. In: the cells of each line, shown by alignment alone. Out: yes or no.

use super::unruled::View;

/// Whether the lines are text rather than rows. Rules above and below speak against all but text that fills its columns.
pub fn is_running(rows: &[Vec<View>], columns: usize, ruled: bool) -> bool {
    fills_columns(rows, columns) || !ruled && (ends_sentences(rows, columns) || is_one_list(rows, columns))
}

/// Whether what stands to the left of a gap ends a sentence or a headword, mostly: wide gaps follow full stops where type
/// is spaced out, and entries of two columns meet there. Cells have no full stop, but for sentences with one cell beside
/// them.
fn ends_sentences(rows: &[Vec<View>], columns: usize) -> bool {
    const FEWEST: usize = 3;
    let ends = |v: &View| {
        let word = v.text.strip_suffix(['.', ';']).and_then(|text| text.split_whitespace().last());
        !v.numeric && word.is_some_and(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 3)
    };
    let pairs: Vec<bool> = rows.iter().flat_map(|r| r.windows(2)).map(|w| ends(&w[0])).collect();
    let ended = pairs.iter().filter(|ended| **ended).count();
    columns >= 3 && ended >= FEWEST && ended * 2 > pairs.len()
}

/// Whether words fill every one of several columns line after line, as nothing but text does: what is named in cells is of
/// different lengths.
fn fills_columns(rows: &[Vec<View>], columns: usize) -> bool {
    const FEWEST_LINES: usize = 5;
    const WORDS: f32 = 2.5;
    const FULL: f32 = 0.8;
    columns >= 3
        && (0..columns).all(|c| {
            let cells: Vec<&View> = rows.iter().flatten().filter(|v| v.column == c && v.span == 1).collect();
            let words = cells.iter().map(|v| v.words).sum::<usize>() as f32;
            let full = cells.iter().filter(|v| v.fill >= FULL).count();
            let numeric = cells.iter().filter(|v| v.numeric).count();
            cells.len() >= FEWEST_LINES
                && words >= WORDS * cells.len() as f32
                && full * 10 >= cells.len() * 6
                && numeric * 4 <= cells.len()
        })
}

/// Whether many lines have several words in each of many columns, as pages of newspapers have.
pub fn is_page_of_columns(rows: &[Vec<View>], columns: usize) -> bool {
    const FEWEST_COLUMNS: usize = 4;
    const FEWEST_LINES: usize = 30;
    const WORDS: f32 = 2.4;
    let wordy = |column: usize| {
        let cells = || rows.iter().flatten().filter(|v| v.column == column && v.span == 1);
        cells().map(|v| v.words).sum::<usize>() as f32 >= WORDS * cells().count().max(1) as f32
    };
    columns >= FEWEST_COLUMNS && rows.len() >= FEWEST_LINES && (0..columns).all(wordy)
}

/// Whether two columns are one list in the order of the alphabet, the second going on where the first ends.
fn is_one_list(rows: &[Vec<View>], columns: usize) -> bool {
    const FEWEST_ENTRIES: usize = 5;
    if columns != 2 {
        return false;
    }
    let entries = |column: usize| -> Vec<char> {
        let cells = rows.iter().flatten().filter(|v| v.column == column && v.span == 1);
        let first = |v: &View| v.text.chars().next().filter(|c| c.is_uppercase());
        cells.filter_map(first).flat_map(char::to_lowercase).collect()
    };
    let (left, right) = (entries(0), entries(1));
    let ordered = |list: &[char]| {
        let falls = list.windows(2).filter(|w| w[1] < w[0]).count();
        list.len() >= FEWEST_ENTRIES && falls * 10 <= list.len() && list.first() < list.last()
    };
    ordered(&left) && ordered(&right) && left.last() <= right.first()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells, all of which fill their column when `full`.
    fn views<'t>(rows: &'t [&'t [&'t str]], full: bool) -> Vec<Vec<View<'t>>> {
        let view = |(column, text): (usize, &&'t str)| View {
            column,
            span: 1,
            text,
            words: text.split_whitespace().count(),
            numeric: crate::segment::tables::grid::numeric(text),
            fill: if full { 0.95 } else { 0.5 },
            baseline: 0.0,
        };
        let filled = |row: &'t &'t [&'t str]| {
            row.iter().enumerate().filter(|(_, text)| !text.is_empty()).map(view).collect()
        };
        rows.iter().map(filled).collect()
    }

    fn check(rows: &[&[&str]], full: bool, expected: bool) {
        let columns = rows.iter().map(|r| r.len()).max().unwrap_or(0);
        let cells = views(rows, full);
        assert_eq!(is_running(&cells, columns, false), expected, "{rows:?}");
        // Between rules only text that fills its columns is told from rows.
        assert_eq!(is_running(&cells, columns, true), expected && full, "{rows:?}");
    }

    #[test]
    fn entries_of_a_dictionary_are_text() {
        check(
            &[
                &["TAMER.", "A team of horses.", "Norf"],
                &["TAMINE.", "A sort of woollen", "cloth."],
                &["TAMLIN.", "A miner's tool", "Cornw."],
                &["TAMMY.", "Glutinous, or sizy.", "Cumb."],
            ],
            false,
            true,
        );
        check(
            &[
                &["A. Glands ovate or nearly round.", "E. helioscopia"],
                &["B. Seeds pitted; tubercles absent.", "E. peplus"],
                &["C. Seeds smooth; tubercles present.", "E. exigua"],
            ],
            false,
            false,
        );
        // Markers and abbreviations end in full stops as well.
        check(
            &[&["No.", "Name", "Town"], &["1.", "Brown Inc.", "Ayr"], &["2.", "Smith", "Bath"]],
            false,
            false,
        );
    }

    #[test]
    fn columns_that_text_fills_are_text() {
        let listing: &[&[&str]] = &[
            &["6.00 Classic Coronation", "6.00 Hollyoaks (S). 7.00", "8.55 Food Unwrapped (S)."],
            &["Street (S). 6.25 Classic", "Couples Come Dine With", "9.30 A Place In The Sun:"],
            &["Coronation Street (S).", "Me (S). 8.00 Melissa Joey", "Winter Sun (S). 10.35 A"],
            &["6.55 Heartbeat (S). 7.55", "(S). 9.00 The Goldbergs", "Place In The Sun: Winter"],
            &["The Royal (S). 9.00 Lewis", "(S). 9.30 The Goldbergs", "Sun (S). 11.35 Four In A"],
        ];
        check(listing, true, true);
        check(listing, false, false);
        check(&[["Carrots per kg", "Spring and summer", "Field two north"].as_slice(); 4], true, false);
    }

    #[test]
    fn pages_of_columns_are_told_by_their_length() {
        let check = |row: &[&str], lines: usize, expected: bool| {
            let rows = vec![row; lines];
            assert_eq!(is_page_of_columns(&views(&rows, false), row.len()), expected, "{row:?} {lines}");
        };
        let listing =
            ["Heartbeat (S). 2.40 Classic", "11.30 Brooklyn Nine", "2.10 Come Dine", "Snake Boss (R)"];
        check(&listing, 40, true);
        check(&listing, 12, false);
        check(&listing[..3], 40, false);
        check(&["Heartbeat (S)", "Brooklyn Nine", "a cell", "Snake Boss (R)"], 40, false);
    }

    #[test]
    fn a_list_in_two_columns_is_no_table() {
        let foods: &[&[&str]] = &[
            &["Beets", "Pickles"],
            &["Condiments (just about any", "Pineapple"],
            &["without fat)", "Popcorn"],
            &["Cream", "Pork"],
            &["Cucumbers", "Potatoes"],
            &["Fish", "Rice"],
        ];
        check(foods, false, true);
        let capitals: &[&[&str]] = &[
            &["Austria", "Vienna"],
            &["Belgium", "Brussels"],
            &["Denmark", "Copenhagen"],
            &["France", "Paris"],
            &["Greece", "Athens"],
        ];
        check(capitals, false, false);
    }
}
