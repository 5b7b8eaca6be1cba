//! Tables that go on over pages. In: two drafts that follow one another with nothing but furniture between.
//! Out: one table with its header once; every cell keeps its own page and box.

use super::grid::Draft;
use pagemill_document::{Cell, Table};

/// Columns may differ by this many points between pages: scans and facing pages shift a little.
const SHIFT: f32 = 8.0;

/// Whether `next`, first on its page, continues `first`, last on the page before: the same columns at the
/// same places (or shifted as a whole, as on facing pages), and no header that says otherwise.
pub fn continues(first: &Draft, next: &Draft) -> bool {
    let same_count = first.table.columns == next.table.columns && first.edges.len() == next.edges.len();
    if !same_count || next.table.caption.is_some() {
        return false;
    }
    let shift = next.edges[0] - first.edges[0];
    let aligned =
        first.edges.iter().zip(&next.edges).filter(|(a, b)| (*b - *a - shift).abs() <= SHIFT).count();
    let enough = aligned * 10 >= first.edges.len() * 8;
    let header = header_texts(&next.table);
    enough && (header.is_empty() || header == header_texts(&first.table))
}

fn header_texts(table: &Table) -> Vec<&str> {
    table.cells.iter().filter(|c| c.header).map(|c| c.text.as_str()).collect()
}

/// Appends the rows of `next`, without its header if `first` has the same.
pub fn append(first: &mut Table, next: Table) {
    let skip = if header_texts(&next).is_empty() { 0 } else { next.header_rows() };
    let offset = first.rows;
    first.cells.extend(
        next.cells.into_iter().filter(|c| c.row >= skip).map(|c| Cell { row: c.row - skip + offset, ..c }),
    );
    first.rows += next.rows - skip;
}

#[cfg(test)]
mod tests {
    use super::*;
    use pagemill_document::Rect;

    fn draft(page: u32, rows: &[(&str, &str, bool)], edges: &[f32]) -> Draft {
        let cell = |row: usize, column, header, text: &str| Cell {
            row: row as u32,
            column,
            row_span: 1,
            column_span: 1,
            header,
            text: text.into(),
            page,
            bbox: Rect::default(),
        };
        let cells =
            rows.iter().enumerate().flat_map(|(i, r)| [cell(i, 0, r.2, r.0), cell(i, 1, r.2, r.1)]).collect();
        let table = Table { rows: rows.len() as u32, columns: 2, cells, caption: None };
        Draft { bbox: Rect::default(), table, edges: edges.to_vec(), ruled: true }
    }

    #[test]
    fn rows_go_on_under_one_header() {
        let mut first = draft(1, &[("Name", "Sum", true), ("a", "1", false)], &[10.0, 50.0, 90.0]);
        let next = draft(2, &[("Name", "Sum", true), ("b", "2", false)], &[12.0, 52.0, 92.0]);
        assert!(continues(&first, &next));
        assert!(!continues(
            &first,
            &draft(2, &[("Else", "Sum", true), ("b", "2", false)], &[10.0, 50.0, 90.0])
        ));
        assert!(!continues(&first, &draft(2, &[("b", "2", false)], &[10.0, 30.0, 90.0])));
        append(&mut first.table, next.table);
        assert_eq!(first.table.grid(), [["Name", "Sum"], ["a", "1"], ["b", "2"]]);
        assert_eq!(first.table.cells.last().map(|c| c.page), Some(2));
    }
}
