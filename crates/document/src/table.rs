//! A table as a list of cells with spans. In: cells in any order. Out: the same table, or its rows.

use crate::Rect;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Number of rows; every cell lies within.
    pub rows: u32,
    /// Number of columns; every cell lies within.
    pub columns: u32,
    /// Sorted by row, then column; no two cells overlap. A place without a cell is empty.
    pub cells: Vec<Cell>,
    /// Text of the caption bound to it.
    pub caption: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// From 0.
    pub row: u32,
    /// From 0.
    pub column: u32,
    /// At least 1.
    pub row_span: u32,
    /// At least 1.
    pub column_span: u32,
    pub header: bool,
    /// Lines joined by one space.
    pub text: String,
    /// From 1; a table that goes on over pages has cells on several.
    pub page: u32,
    pub bbox: Rect,
}

impl Table {
    /// Number of leading rows that hold only header cells.
    pub fn header_rows(&self) -> u32 {
        (0..self.rows)
            .take_while(|row| {
                let mut cells =
                    self.cells.iter().filter(|c| c.row <= *row && *row < c.row + c.row_span).peekable();
                cells.peek().is_some() && cells.all(|c| c.header)
            })
            .count() as u32
    }

    /// The cells that begin in `row`, from left to right.
    pub fn row(&self, row: u32) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |c| c.row == row)
    }

    /// The table as a grid of texts, `rows` x `columns`; a spanning cell stands in its first place only.
    pub fn grid(&self) -> Vec<Vec<&str>> {
        let mut grid = vec![vec![""; self.columns as usize]; self.rows as usize];
        for cell in &self.cells {
            if let Some(place) = grid.get_mut(cell.row as usize).and_then(|r| r.get_mut(cell.column as usize))
            {
                *place = cell.text.as_str();
            }
        }
        grid
    }
}
