//! The common end of all table finding: pieces of text with their places become a table. In: cells as words
//! with row, column and spans. Out: a [`Table`] with text, boxes and header flags.

use crate::segment::join::Vocabulary;
use crate::segment::line::lines;
use pagemill_document::{Cell, FontFace, Page, Rect, Table, Word};

/// A table on its page, before it is bound to a caption or to its continuation.
#[derive(Clone, Debug)]
pub struct Draft {
    pub bbox: Rect,
    pub table: Table,
    /// Column boundaries in points, from the left edge to the right: a continuation has the same.
    pub edges: Vec<f32>,
    /// Whether rulings gave its cells; else alignment did.
    pub ruled: bool,
}

/// A cell before its words are text.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    pub row: usize,
    pub column: usize,
    pub row_span: usize,
    pub column_span: usize,
    pub words: Vec<&'a Word>,
    /// The cell's own box, where rulings give one; else that of its words is taken.
    pub bbox: Option<Rect>,
}

/// Reads the pieces into a table. Rows and columns without any text are dropped, unless a span needs them.
pub fn table(page: &Page, pieces: Vec<Piece>, edges: Vec<f32>, vocabulary: &Vocabulary) -> Option<Draft> {
    let rows = pieces.iter().map(|p| p.row + p.row_span).max()?;
    let columns = pieces.iter().map(|p| p.column + p.column_span).max()?;
    let row_map = kept(rows, pieces.iter().filter(|p| !p.words.is_empty()).map(|p| (p.row, p.row_span)));
    let column_map =
        kept(columns, pieces.iter().filter(|p| !p.words.is_empty()).map(|p| (p.column, p.column_span)));
    let mut bold_rows = vec![(0usize, 0usize); rows];
    let mut cells: Vec<Cell> = Vec::new();
    let mut bbox: Option<Rect> = None;
    for piece in &pieces {
        let own = piece.bbox.or_else(|| Rect::union_all(piece.words.iter().map(|w| &w.bbox)));
        if let Some(own) = own {
            bbox = Some(bbox.map_or(own, |b| b.union(&own)));
        }
        let (row, row_span) = place(&row_map, piece.row, piece.row_span);
        let (column, column_span) = place(&column_map, piece.column, piece.column_span);
        let (Some(own), true) = (own, row_span > 0 && column_span > 0) else { continue };
        if piece.words.is_empty() && row_span == 1 && column_span == 1 {
            continue;
        }
        let letters = piece.words.iter().map(|w| w.text.chars().count()).sum::<usize>();
        bold_rows[piece.row].1 += letters;
        bold_rows[piece.row].0 += piece
            .words
            .iter()
            .filter(|w| bold(w, &page.fonts))
            .map(|w| w.text.chars().count())
            .sum::<usize>();
        let text = vocabulary.paragraph(&lines(&piece.words, &page.fonts));
        cells.push(Cell {
            row: row as u32,
            column: column as u32,
            row_span: row_span as u32,
            column_span: column_span as u32,
            header: false,
            text,
            page: page.number,
            bbox: own,
        });
    }
    cells.sort_by_key(|c| (c.row, c.column));
    let rows = cells.iter().map(|c| c.row + c.row_span).max()?;
    let columns = cells.iter().map(|c| c.column + c.column_span).max()?;
    let mut table = Table { rows, columns, cells, caption: None };
    let is_bold = |row: u32| {
        let source = row_map.iter().position(|r| *r == Some(row as usize));
        source.is_some_and(|s| bold_rows[s].1 > 0 && bold_rows[s].0 * 10 >= bold_rows[s].1 * 8)
    };
    mark_headers(&mut table, is_bold, page);
    Some(Draft { bbox: bbox?, table, edges, ruled: false })
}

/// For each row (or column) its place among those in which some text begins or is needed by a span.
fn kept(count: usize, spans: impl Iterator<Item = (usize, usize)>) -> Vec<Option<usize>> {
    let mut used = vec![false; count];
    for (start, _) in spans {
        used[start] = true;
    }
    let mut next = 0;
    used.into_iter()
        .map(|u| {
            u.then(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

fn place(map: &[Option<usize>], start: usize, span: usize) -> (usize, usize) {
    let mut places = map[start..(start + span).min(map.len())].iter().flatten();
    match places.next() {
        Some(first) => (*first, 1 + places.count()),
        None => (0, 0),
    }
}

fn bold(word: &Word, fonts: &[FontFace]) -> bool {
    fonts.get(usize::from(word.font)).is_some_and(|f| f.bold)
}

/// Whether a cell holds a quantity: digits with signs and units, or a dash that stands for none.
pub fn numeric(text: &str) -> bool {
    let (mut digits, mut letters) = (0, 0);
    for c in text.chars() {
        if c.is_numeric() {
            digits += 1;
        } else if c.is_alphabetic() {
            letters += 1;
        }
    }
    let dash = !text.is_empty()
        && text.chars().all(|c| matches!(c, '-' | '–' | '—' | '−' | '…' | '.' | '*' | 'X' | 'x' | '✓'));
    dash || (digits > 0 && letters <= digits.max(3) && letters <= 6)
}

/// Marks the leading rows that name columns. Evidence, any of: the row is bold or stands on a fill of its
/// own and the next is not; a ruling of the table's width runs below it and none below the next rows; it
/// has words where the columns below have quantities. At most a third of the rows, or four, are header.
fn mark_headers(table: &mut Table, is_bold: impl Fn(u32) -> bool, page: &Page) {
    let most = (table.rows / 3).clamp(1, 4);
    if table.rows < 2 {
        return;
    }
    let last_row = table.rows - 1;
    let by_look = |rows: u32| {
        let fill = |row: u32| row_fill(table, row, page);
        let look = |row: u32| (is_bold(row), fill(row));
        let plain = look((rows).min(last_row));
        (0..rows).all(|r| look(r) != plain && (is_bold(r) || fill(r).is_some()))
    };
    let quantities = |row: u32| {
        table.row(row).filter(|c| c.column > 0 && numeric(&c.text)).map(|c| c.column).collect::<Vec<_>>()
    };
    let first_with_quantities =
        (0..table.rows).find(|r| quantities(*r).len() * 2 >= filled(table, *r).max(2).saturating_sub(1));
    let mut rows = (1..=most).rev().find(|n| by_look(*n)).unwrap_or(0);
    if rows == 0 {
        rows = match first_with_quantities {
            Some(r) if r >= 1 && r <= most + 1 => r,
            _ => 0,
        };
    }
    // A row that a header cell spans into is header too.
    if rows > 0 {
        for _ in 0..3 {
            let reach = table
                .cells
                .iter()
                .filter(|c| c.row < rows)
                .map(|c| c.row + c.row_span)
                .max()
                .unwrap_or(rows)
                .min(last_row);
            if reach <= rows || reach > most + 2 {
                break;
            }
            rows = reach;
        }
    }
    // A header that spans columns names groups; the names of the columns stand below it.
    if rows == 1
        && table.rows > 3
        && table.row(0).any(|c| c.column_span > 1 && c.column_span < table.columns)
        && quantities(1).is_empty()
        && !quantities(2).is_empty()
    {
        rows = 2;
    }
    for cell in &mut table.cells {
        cell.header = cell.row < rows;
    }
}

fn filled(table: &Table, row: u32) -> usize {
    table.row(row).filter(|c| !c.text.is_empty()).count()
}

/// Colour of the fill that lies under most of a row, if one does.
fn row_fill(table: &Table, row: u32, page: &Page) -> Option<[u8; 3]> {
    let bbox =
        Rect::union_all(table.row(row).filter(|c| c.row_span == 1 && !c.text.is_empty()).map(|c| &c.bbox))?;
    let (x, y) = bbox.center();
    page.fills
        .iter()
        .take(4000)
        .filter(|f| f.bbox.contains_point(x, y) && f.bbox.height() < bbox.height() * 4.0 + 20.0)
        .map(|f| f.color)
        .next_back()
}
