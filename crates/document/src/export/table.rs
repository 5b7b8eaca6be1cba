//! Tables as text: pipes where pipes can say it, HTML otherwise. In: a table. Out: Markdown or HTML.
//! Pipes know neither spans nor a table without a header, so such tables are written as HTML, which every
//! Markdown reader of note takes.

use super::html::escape;
use crate::{Cell, Table};
use std::fmt::Write;

/// Whether pipes lose nothing: one header row, no spans, no bar inside a cell.
fn fits_pipes(table: &Table) -> bool {
    table.columns > 0
        && table.header_rows() == 1
        && table.cells.iter().all(|c| c.row_span == 1 && c.column_span == 1 && !c.text.contains('|'))
        && table.cells.iter().filter(|c| c.row > 0).all(|c| !c.header)
}

pub fn markdown(table: &Table, out: &mut String) {
    if !fits_pipes(table) {
        return html(table, out);
    }
    for (index, row) in table.grid().iter().enumerate() {
        out.push('|');
        for text in row {
            let _ = write!(out, " {} |", super::markdown::inline(text));
        }
        out.push('\n');
        if index == 0 {
            out.push('|');
            out.push_str(&" --- |".repeat(row.len()));
            out.push('\n');
        }
    }
}

/// One line a row. Places that no cell covers are written as empty cells, so that columns hold.
pub fn html(table: &Table, out: &mut String) {
    out.push_str("<table>\n");
    // Rows still covered from above, by column.
    let mut covered = vec![0u32; table.columns as usize];
    for row in 0..table.rows {
        out.push_str("<tr>");
        let mut column = 0;
        let mut cells = table.row(row).peekable();
        while column < table.columns {
            if let Some(cell) = cells.next_if(|c| c.column == column) {
                write_cell(cell, out);
                let end = (column + cell.column_span.max(1)).min(table.columns);
                covered[column as usize..end as usize].fill(cell.row_span.max(1));
                column = end;
                continue;
            }
            if covered[column as usize] == 0 {
                out.push_str("<td></td>");
            }
            column += 1;
        }
        for left in &mut covered {
            *left = left.saturating_sub(1);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
}

fn write_cell(cell: &Cell, out: &mut String) {
    let tag = if cell.header { "th" } else { "td" };
    let _ = write!(out, "<{tag}");
    if cell.row_span > 1 {
        let _ = write!(out, " rowspan=\"{}\"", cell.row_span);
    }
    if cell.column_span > 1 {
        let _ = write!(out, " colspan=\"{}\"", cell.column_span);
    }
    out.push('>');
    escape(&cell.text, out);
    let _ = write!(out, "</{tag}>");
}

#[cfg(test)]
mod tests {
    use crate::export::sample::{cell, table};

    fn check(columns: u32, cells: Vec<crate::Cell>, expected: &str) {
        let mut out = String::new();
        super::markdown(&table(columns, cells), &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn pipes_where_they_lose_nothing_else_html() {
        let plain = || vec![cell(0, 0, 1, true, "a"), cell(0, 1, 1, true, "b"), cell(1, 1, 1, false, "<2>")];
        check(2, plain(), "| a | b |\n| --- | --- |\n|  | \\<2> |\n");
        let mut bar = plain();
        bar[2].text = "x|y".into();
        check(2, bar, "<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td></td><td>x|y</td></tr>\n</table>\n");
        check(1, vec![cell(0, 0, 1, false, "only")], "<table>\n<tr><td>only</td></tr>\n</table>\n");
    }

    #[test]
    fn spans_keep_their_places() {
        let mut tall = cell(0, 0, 1, true, "No.");
        tall.row_span = 2;
        let cells = vec![
            tall,
            cell(0, 1, 2, true, "Both"),
            cell(1, 1, 1, true, "l"),
            cell(1, 2, 1, true, "r"),
            cell(2, 2, 1, false, "9"),
        ];
        check(
            3,
            cells,
            "<table>\n<tr><th rowspan=\"2\">No.</th><th colspan=\"2\">Both</th></tr>\n<tr><th>l</th><th>r</th></tr>\n\
             <tr><td></td><td></td><td>9</td></tr>\n</table>\n",
        );
    }
}
