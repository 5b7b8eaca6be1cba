//! Reading order from layout: a region is cut into bands of rows and, where a gutter of white runs through
//! them, into columns (after Nagy and Seth's XY-cut, with rows grouped by the gutters they share, so that a
//! title over two columns ends a band and a paragraph gap does not). In: boxes of words and of placed
//! objects (tables, figures). Out: regions of one column each, in reading order. Never reads text, except
//! through the question whether a narrow column holds only list markers.

use super::bands::{Group, change_of_type, groups};
use super::filled::{MANY, text_meets_at};
use pagemill_document::Rect;

/// A word or an object to put in order.
#[derive(Clone, Copy, Debug)]
pub struct Atom {
    /// For a word its core (see [`super::line::core`]), so that tight lines do not touch.
    pub bbox: Rect,
    /// Em size in points; for objects 0.
    pub size: f32,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Index of a word of the page.
    Word(usize),
    /// Index of an object.
    Object(usize),
    /// A ruling line that columns cannot cross; not part of the result.
    Barrier,
}

/// A region without columns, or a table found among columns.
#[derive(Clone, Debug)]
pub enum Region<T> {
    Column(Vec<Atom>),
    Found(T),
}

/// The cut asks whoever knows about text.
pub trait Reader {
    type Table;
    /// Tables among the atoms of a region: each with the atoms it takes (as indices into `atoms`).
    fn tables(&self, atoms: &[Atom]) -> Vec<(Self::Table, Vec<usize>)>;
    /// Whether these atoms are only list markers, line labels or the like, which belong to what is right of them.
    fn belongs_right(&self, left: &[Atom], right: &[Atom]) -> bool;
}

/// Deeper nesting than this is no layout but noise.
const MAX_DEPTH: u8 = 14;

pub fn order<R: Reader>(atoms: Vec<Atom>, reader: &R, depth: u8, out: &mut Vec<Region<R::Table>>) {
    let atoms: Vec<Atom> =
        atoms.into_iter().filter(|a| a.bbox.x0.is_finite() && a.bbox.y0.is_finite()).collect();
    if atoms.iter().all(|a| a.what == What::Barrier) {
        return;
    }
    if depth >= MAX_DEPTH || atoms.len() == 1 {
        return push_column(atoms, out);
    }
    let size = typical_size(&atoms);
    if let Some((float, rest)) = super::floats::pull(&atoms, size) {
        order(rest, reader, depth + 1, out);
        out.push(Region::Column(Vec::new()));
        order(float, reader, depth + 1, out);
        return out.push(Region::Column(Vec::new()));
    }
    for group in groups(atoms, size) {
        let members: Vec<Atom> = group.atoms().collect();
        let Some(gutter) = best_gutter(&group, &members, size, reader) else {
            push_column(members, out);
            continue;
        };
        let found = reader.tables(&members);
        if !found.is_empty() {
            order_around_tables(members, found, reader, depth, out);
            continue;
        }
        let middle = (gutter.0 + gutter.1) / 2.0;
        // Two texts in columns, one above the other, are read one after the other.
        if let Some(height) = change_of_type(&group, middle, size) {
            let (above, below): (Vec<Atom>, Vec<Atom>) =
                members.into_iter().partition(|a| a.bbox.center().1 < height);
            order(above, reader, depth + 1, out);
            order(below, reader, depth + 1, out);
            continue;
        }
        let (left, right): (Vec<Atom>, Vec<Atom>) =
            members.into_iter().partition(|a| a.bbox.center().0 < middle);
        // Marks between the parts, so that the last column of one and the first of the next stay apart.
        out.push(Region::Column(Vec::new()));
        order(left, reader, depth + 1, out);
        out.push(Region::Column(Vec::new()));
        order(right, reader, depth + 1, out);
        out.push(Region::Column(Vec::new()));
    }
}

/// What lies above, between and below tables is ordered on its own; the tables are in their places.
fn order_around_tables<R: Reader>(
    atoms: Vec<Atom>,
    mut found: Vec<(R::Table, Vec<usize>)>,
    reader: &R,
    depth: u8,
    out: &mut Vec<Region<R::Table>>,
) {
    let top = |taken: &[usize]| taken.iter().map(|i| atoms[*i].bbox.y0).fold(f32::INFINITY, f32::min);
    found.sort_by(|a, b| top(&a.1).total_cmp(&top(&b.1)));
    let mut taken = vec![false; atoms.len()];
    for (_, members) in &found {
        for i in members {
            taken[*i] = true;
        }
    }
    let mut rest: Vec<usize> = (0..atoms.len()).filter(|i| !taken[*i]).collect();
    for (table, members) in found {
        let start = top(&members);
        let (above, below): (Vec<usize>, Vec<usize>) =
            rest.into_iter().partition(|i| atoms[*i].bbox.center().1 < start);
        order(above.into_iter().map(|i| atoms[i]).collect(), reader, depth + 1, out);
        out.push(Region::Found(table));
        rest = below;
    }
    order(rest.into_iter().map(|i| atoms[i]).collect(), reader, depth + 1, out);
}

fn push_column<T>(atoms: Vec<Atom>, out: &mut Vec<Region<T>>) {
    let atoms = atoms.into_iter().filter(|a| a.what != What::Barrier);
    // Bands without columns that follow one another are one column: a paragraph may run through them.
    if let Some(Region::Column(last)) = out.last_mut()
        && !last.is_empty()
    {
        last.extend(atoms);
        return;
    }
    out.push(Region::Column(atoms.collect()));
}

/// Median em of the words, a usual size where there are none.
fn typical_size(atoms: &[Atom]) -> f32 {
    let mut sizes: Vec<f32> = atoms.iter().filter(|a| a.size > 0.0).map(|a| a.size).collect();
    if sizes.is_empty() {
        return 10.0;
    }
    let middle = sizes.len() / 2;
    *sizes.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The widest gutter of a group that separates two columns rather than parts of one line.
fn best_gutter<R: Reader>(group: &Group, atoms: &[Atom], size: f32, reader: &R) -> Option<(f32, f32)> {
    let mut gutters: Vec<(f32, f32)> = group.gutters().collect();
    gutters.sort_by(|a, b| (b.1 - b.0).total_cmp(&(a.1 - a.0)));
    gutters.into_iter().find(|gutter| {
        let middle = (gutter.0 + gutter.1) / 2.0;
        let (left, right): (Vec<Atom>, Vec<Atom>) = atoms.iter().partition(|a| a.bbox.center().0 < middle);
        let (lines_left, lines_right) = (levels(&left), levels(&right));
        let fewer = lines_left.min(lines_right);
        let has_object = |side: &[Atom]| side.iter().any(|a| matches!(a.what, What::Object(_)));
        // One line with a wide gap is one line. Few lines need a wide gutter to be columns.
        let width = (gutter.1 - gutter.0) / size;
        let enough = fewer >= 8
            || (fewer >= MANY - 1 && text_meets_at(atoms, *gutter, size))
            || (fewer >= 4 && width >= 0.8)
            || (fewer >= 2 && width >= 1.4)
            || (lines_left.max(lines_right) >= 3 && width >= 2.0)
            || (width >= 0.8 && (has_object(&left) || has_object(&right)));
        enough && !reader.belongs_right(&left, &right)
    })
}

/// Number of levels of text: atoms that do not overlap in y.
pub fn levels(atoms: &[Atom]) -> usize {
    let mut spans: Vec<(f32, f32)> =
        atoms.iter().filter(|a| a.what != What::Barrier).map(|a| (a.bbox.y0, a.bbox.y1)).collect();
    spans.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut count, mut bottom) = (0, f32::NEG_INFINITY);
    for (y0, y1) in spans {
        if y0 >= bottom {
            count += 1;
            bottom = y1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;
    impl Reader for Plain {
        type Table = ();
        fn tables(&self, _: &[Atom]) -> Vec<((), Vec<usize>)> {
            Vec::new()
        }
        fn belongs_right(&self, _: &[Atom], _: &[Atom]) -> bool {
            false
        }
    }

    /// Boxes as x0, top, x1 of lines in 10 points.
    fn check(boxes: &[(f32, f32, f32)], expected: &[&[usize]]) {
        let sized: Vec<(f32, f32, f32, f32)> = boxes.iter().map(|b| (b.0, b.1, b.2, 10.0)).collect();
        check_sizes(&sized, expected);
    }

    /// The same with an em each.
    fn check_sizes(boxes: &[(f32, f32, f32, f32)], expected: &[&[usize]]) {
        let atoms = boxes
            .iter()
            .enumerate()
            .map(|(i, (x0, y, x1, size))| Atom {
                bbox: Rect::new(*x0, *y, *x1, *y + size * 0.6),
                size: *size,
                what: What::Word(i),
            })
            .collect();
        let mut out = Vec::new();
        order(atoms, &Plain, 0, &mut out);
        let found: Vec<Vec<usize>> = out
            .iter()
            .filter_map(|r| match r {
                Region::Column(atoms) if !atoms.is_empty() => Some(
                    atoms
                        .iter()
                        .filter_map(|a| if let What::Word(i) = a.what { Some(i) } else { None })
                        .collect(),
                ),
                _ => None,
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn columns_are_read_one_after_the_other_below_a_title() {
        check(
            &[
                (50.0, 10.0, 550.0),
                (50.0, 40.0, 290.0),
                (310.0, 40.0, 550.0),
                (50.0, 52.0, 290.0),
                (310.0, 55.0, 550.0),
            ],
            &[&[0], &[1, 3], &[2, 4]],
        );
        // One column stays one region, a lone gap in a line does not make columns.
        check(
            &[(50.0, 10.0, 500.0), (50.0, 24.0, 100.0), (300.0, 24.0, 500.0), (50.0, 38.0, 480.0)],
            &[&[0, 1, 2, 3]],
        );
    }
    /// Lines of two columns from `top` down, the left ones first.
    fn two_columns(top: f32, lines: usize, size: f32) -> Vec<(f32, f32, f32, f32)> {
        let column = |x0: f32, x1: f32| (0..lines).map(move |i| (x0, top + 12.0 * i as f32, x1, size));
        column(50.0, 290.0).chain(column(310.0, 550.0)).collect()
    }

    #[test]
    fn the_first_line_of_a_column_that_begins_higher_stays_with_it() {
        let mut boxes = vec![(50.0, 0.0, 550.0, 10.0), (310.0, 20.0, 550.0, 10.0)];
        boxes.extend(two_columns(30.0, 4, 10.0));
        check_sizes(&boxes, &[&[0], &[2, 3, 4, 5], &[1, 6, 7, 8, 9]]);
        // The end of a paragraph over both columns stays with its paragraph.
        boxes[1] = (50.0, 12.0, 120.0, 10.0);
        check_sizes(&boxes, &[&[0, 1], &[2, 3, 4, 5], &[6, 7, 8, 9]]);
    }

    #[test]
    fn a_space_of_the_first_line_under_the_gap_of_a_head_is_no_gutter() {
        let mut boxes = vec![(50.0, 0.0, 345.0, 10.0), (430.0, 0.0, 550.0, 10.0)];
        boxes.extend(two_columns(20.0, 4, 10.0));
        // The first line on the right is two words with a space of 8 points below the gap of the head.
        let first = boxes[6];
        boxes[6] = (first.0, first.1, 380.0, first.3);
        boxes.push((388.0, first.1, 550.0, first.3));
        check_sizes(&boxes, &[&[0, 1], &[2, 3, 4, 5], &[6, 10, 7, 8, 9]]);
    }

    #[test]
    fn columns_of_small_type_below_columns_are_read_behind_them() {
        let mut boxes = two_columns(0.0, 4, 10.0);
        boxes.extend(two_columns(64.0, 4, 8.0));
        check_sizes(&boxes, &[&[0, 1, 2, 3], &[4, 5, 6, 7], &[8, 9, 10, 11], &[12, 13, 14, 15]]);
        // In large type above its text a headline stands in either column.
        boxes[..8].iter_mut().for_each(|b| b.3 = 16.0);
        check_sizes(&boxes, &[&[0, 1, 2, 3, 8, 9, 10, 11], &[4, 5, 6, 7, 12, 13, 14, 15]]);
        boxes[..8].iter_mut().for_each(|b| b.3 = 10.0);
        // Of the same type they are one text with a space in it.
        boxes[8..].iter_mut().for_each(|b| b.3 = 10.0);
        check_sizes(&boxes, &[&[0, 1, 2, 3, 8, 9, 10, 11], &[4, 5, 6, 7, 12, 13, 14, 15]]);
    }
}
