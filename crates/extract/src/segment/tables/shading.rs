//! Shaded rows and cells to lines. In: the painted areas of a page. Out: what rulings would show: lattices
//! where cells are painted one by one, and the edges of rows where every other row is painted. Many designs
//! shade and rule nothing. Never reads text.

use super::lattice::{Lattice, Stroke, lattices};
use pagemill_document::{Fill, Rect};

/// Painted areas looked at on a page; more are a drawing.
const MAX_FILLS: usize = 600;
/// Edges closer than this are one (points).
const SNAP: f32 = 3.0;
/// White rows between painted ones are no taller than this (points).
const TALLEST: f32 = 120.0;

/// Painted areas side by side that begin and end at one height.
struct Row {
    y0: f32,
    y1: f32,
    /// Left edges and the last right edge, ascending.
    edges: Vec<f32>,
}

/// Lines that painted areas stand for.
#[derive(Default)]
pub struct Shading {
    /// From cells painted one by one, in at least two rows of the same columns.
    pub lattices: Vec<Lattice>,
    /// Upper and lower edges of rows painted as a whole, at least two of one extent.
    pub rules: Vec<Stroke>,
}

pub fn shading(fills: &[Fill], page: &Rect) -> Shading {
    let mut out = Shading::default();
    for stack in stacks(rows(fills, page)) {
        let (top, bottom) = (stack[0].y0, stack[stack.len() - 1].y1);
        let edges = &stack[0].edges;
        let (left, right) = (edges[0], edges[edges.len() - 1]);
        let horizontal: Vec<Stroke> =
            stack.iter().flat_map(|r| [r.y0, r.y1]).map(|at| Stroke { at, from: left, to: right }).collect();
        if edges.len() == 2 {
            out.rules.extend(horizontal);
            continue;
        }
        let mut vertical =
            vec![Stroke { at: left, from: top, to: bottom }, Stroke { at: right, from: top, to: bottom }];
        // Borders within a row hold for that row: the white ones between may be titles over all columns.
        for row in &stack {
            let inner = &row.edges[1..row.edges.len() - 1];
            vertical.extend(inner.iter().map(|at| Stroke { at: *at, from: row.y0, to: row.y1 }));
        }
        out.lattices.extend(lattices(&horizontal, &vertical).0);
    }
    out.rules.sort_by(|a, b| a.at.total_cmp(&b.at));
    out
}

fn rows(fills: &[Fill], page: &Rect) -> Vec<Row> {
    let cell = |b: &Rect| {
        let sound = [b.x0, b.y0, b.x1, b.y1].iter().all(|v| v.is_finite());
        sound && b.height() > 6.0 && b.height() < TALLEST && b.width() > 4.0 && b.width() < page.width()
    };
    let mut cells: Vec<Rect> = fills.iter().take(MAX_FILLS).map(|f| f.bbox).filter(cell).collect();
    cells.sort_by(|a, b| a.y0.total_cmp(&b.y0).then(a.x0.total_cmp(&b.x0)));
    let mut out: Vec<(Row, Rect)> = Vec::new();
    let mut used = vec![false; cells.len()];
    for i in 0..cells.len() {
        if used[i] {
            continue;
        }
        let mut row = Row { y0: cells[i].y0, y1: cells[i].y1, edges: vec![cells[i].x0, cells[i].x1] };
        let mut level: Vec<usize> = (i + 1..cells.len())
            .take_while(|j| cells[*j].y0 - row.y0 < SNAP)
            .filter(|j| !used[*j] && (cells[*j].y1 - row.y1).abs() < SNAP)
            .collect();
        level.sort_by(|a, b| cells[*a].x0.total_cmp(&cells[*b].x0));
        for j in level {
            let end = row.edges[row.edges.len() - 1];
            if (cells[j].x0 - end).abs() < SNAP && cells[j].x1 > end + SNAP {
                used[j] = true;
                row.edges.push(cells[j].x1);
            }
        }
        let last = row.edges[row.edges.len() - 1];
        let bbox = Rect { x0: row.edges[0], y0: row.y0, x1: last, y1: row.y1 };
        // A background painted twice, or behind its cells, is one.
        if !out.iter().any(|(_, b)| b.intersection(&bbox).area() > 0.5 * bbox.area()) {
            out.push((row, bbox));
        }
    }
    let wide = |b: &Rect| b.width() > page.width() * 0.2 && b.width() > b.height() * 2.0;
    out.into_iter().filter(|(_, b)| wide(b)).map(|(row, _)| row).collect()
}

/// Rows of the same edges below one another.
fn stacks(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut out: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let home = out.iter_mut().find(|stack| {
            let last = &stack[stack.len() - 1];
            last.edges.len() == row.edges.len()
                && last.edges.iter().zip(&row.edges).all(|(a, b)| (a - b).abs() < SNAP)
                && row.y0 > last.y1 - SNAP
                && row.y0 - last.y1 < TALLEST
        });
        match home {
            Some(stack) => stack.push(row),
            None => out.push(vec![row]),
        }
    }
    out.retain(|stack| stack.len() >= 2);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painted_cells_are_a_lattice_and_painted_rows_are_rules() {
        let page = Rect::new(0.0, 0.0, 600.0, 800.0);
        let fill = |x0, y0, x1, y1| Fill { bbox: Rect::new(x0, y0, x1, y1), color: [230; 3] };
        let row = |y: f32| [fill(100.0, y, 200.0, y + 12.0), fill(200.0, y, 400.0, y + 12.0)];
        let cells: Vec<Fill> = row(100.0).into_iter().chain(row(124.0)).collect();
        let found = shading(&cells, &page);
        assert_eq!(found.lattices.len(), 1);
        assert_eq!(found.lattices[0].xs, [100.0, 200.0, 400.0]);
        assert_eq!(found.lattices[0].ys, [100.0, 112.0, 124.0, 136.0]);
        // The white row between has no border within.
        assert!(found.lattices[0].border_left_of(1, 0) && !found.lattices[0].border_left_of(1, 1));
        let rows = [fill(100.0, 100.0, 400.0, 112.0), fill(100.0, 124.0, 400.0, 136.0)];
        let found = shading(&rows, &page);
        assert_eq!((found.lattices.len(), found.rules.len()), (0, 4));
        assert!(shading(&rows[..1], &page).rules.is_empty());
    }
}
