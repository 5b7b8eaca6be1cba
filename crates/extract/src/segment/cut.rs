//! Reading order from layout: a region is cut into bands of rows and, where a gutter of white runs through
//! them, into columns (after Nagy and Seth's XY-cut, with rows grouped by the gutters they share, so that a
//! title over two columns ends a band and a paragraph gap does not). In: boxes of words and of placed
//! objects (tables, figures). Out: regions of one column each, in reading order. Never reads text, except
//! through the question whether a narrow column holds only list markers.

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

/// Width of the narrowest gutter in ems. So narrow a one must run along many lines.
const NARROWEST: f32 = 0.55;

/// Rows of a region: atoms that overlap in y, directly or through others.
struct Row {
    atoms: Vec<Atom>,
    free: Vec<(f32, f32)>,
}

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
    let minimum = size * NARROWEST;
    let rows = rows(atoms, minimum);
    for group in groups(rows, minimum) {
        let members: Vec<Atom> = group.rows.iter().flat_map(|r| r.atoms.iter().copied()).collect();
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

fn rows(mut atoms: Vec<Atom>, minimum: f32) -> Vec<Row> {
    atoms.sort_by(|a, b| a.bbox.y0.total_cmp(&b.bbox.y0));
    let mut rows: Vec<Vec<Atom>> = Vec::new();
    let mut bottom = f32::NEG_INFINITY;
    for atom in atoms {
        match rows.last_mut() {
            Some(row) if atom.bbox.y0 < bottom => row.push(atom),
            _ => rows.push(vec![atom]),
        }
        bottom = bottom.max(atom.bbox.y1);
    }
    rows.into_iter().map(|atoms| Row { free: free(&atoms, minimum), atoms }).collect()
}

/// White intervals of a row in x, the outer ones open to infinity; only those of at least `minimum`.
fn free(atoms: &[Atom], minimum: f32) -> Vec<(f32, f32)> {
    let mut spans: Vec<(f32, f32)> = atoms.iter().map(|a| (a.bbox.x0, a.bbox.x1)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::new();
    let mut right = f32::NEG_INFINITY;
    for (x0, x1) in spans {
        if x0 - right >= minimum {
            out.push((right, x0));
        }
        right = right.max(x1);
    }
    out.push((right, f32::INFINITY));
    out
}

fn intersect(a: &[(f32, f32)], b: &[(f32, f32)], minimum: f32) -> Vec<(f32, f32)> {
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        let common = (a[i].0.max(b[j].0), a[i].1.min(b[j].1));
        if common.1 - common.0 >= minimum {
            out.push(common);
        }
        if a[i].1 < b[j].1 {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

struct Group {
    rows: Vec<Row>,
    free: Vec<(f32, f32)>,
}

impl Group {
    /// Gutters with something on both sides.
    fn gutters(&self) -> impl Iterator<Item = (f32, f32)> + '_ {
        self.free.iter().copied().filter(|f| f.0.is_finite() && f.1.is_finite())
    }
}

/// Rows that follow one another and share a gutter. A group begins anew when adding the next row would
/// close every gutter that has something on both sides.
fn groups(rows: Vec<Row>, minimum: f32) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for row in rows {
        if let Some(last) = out.last_mut() {
            let common = intersect(&last.free, &row.free, minimum);
            let had = last.gutters().next().is_some();
            let keeps = common.iter().any(|f| f.0.is_finite() && f.1.is_finite());
            let brings = row.free.iter().any(|f| f.0.is_finite() && f.1.is_finite());
            // Without gutters on either side the rows are plain text and belong together.
            if keeps || (!had && !brings) {
                last.free = common;
                last.rows.push(row);
                continue;
            }
        }
        out.push(Group { free: row.free.clone(), rows: vec![row] });
    }
    out
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

    fn check(boxes: &[(f32, f32, f32)], expected: &[&[usize]]) {
        let atoms = boxes
            .iter()
            .enumerate()
            .map(|(i, (x0, y, x1))| Atom {
                bbox: Rect::new(*x0, *y, *x1, *y + 6.0),
                size: 10.0,
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
}
