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
/// Ragged or overfull lines of a column come closer to the next one now and then. White that is shared by this
/// many lines cannot be the spaces of running text, however narrow it is.
const MANY: usize = 6;
/// What is left of the white between columns that touch, in ems.
const SLIT: f32 = 0.12;

/// Rows of a region: atoms that overlap in y, directly or through others.
struct Row {
    atoms: Vec<Atom>,
    free: Vec<(f32, f32)>,
    /// White as narrow as a space, for lines that touch the next column.
    slits: Vec<(f32, f32)>,
    /// Levels of text.
    levels: usize,
}

/// What counts as white, in points: between columns, and where they touch.
#[derive(Clone, Copy)]
struct White {
    gutter: f32,
    slit: f32,
}

impl White {
    /// Em of the region, in points.
    fn em(&self) -> f32 {
        self.gutter / NARROWEST
    }
}

/// Whether something can stand on both sides of white.
fn is_inner(white: &(f32, f32)) -> bool {
    white.0.is_finite() && white.1.is_finite()
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
    let white = White { gutter: size * NARROWEST, slit: size * SLIT };
    let rows = rows(atoms, white);
    for group in groups(rows, white) {
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

fn rows(mut atoms: Vec<Atom>, white: White) -> Vec<Row> {
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
    let row = |atoms: Vec<Atom>| {
        let levels = levels(&atoms);
        let slits = free(&atoms, white.slit, white.em());
        let mut free = free(&atoms, white.gutter, white.em());
        if levels >= MANY && free.len() <= 2 {
            let narrow = |s: &&(f32, f32)| is_inner(s) && text_meets_at(&atoms, **s, white.em());
            free.extend(slits.iter().filter(narrow));
            free.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Row { free, slits, levels, atoms }
    };
    rows.into_iter().map(row).collect()
}

/// White intervals of a row in x, the outer ones open to infinity; only those of at least `minimum`. Words of a
/// display line, set much larger than the text of `em`, stand apart by their own measure: a title over two columns
/// has wider spaces than the gutter between them.
fn free(atoms: &[Atom], minimum: f32, em: f32) -> Vec<(f32, f32)> {
    /// Of words, to the em of the text.
    const DISPLAY: f32 = 1.8;
    /// White between words of one display line is narrower, in its own ems.
    const APART: f32 = 1.2;
    let mut sorted: Vec<&Atom> = atoms.iter().collect();
    sorted.sort_by(|a, b| a.bbox.x0.total_cmp(&b.bbox.x0));
    let mut out = Vec::new();
    let (mut right, mut last): (f32, Option<&Atom>) = (f32::NEG_INFINITY, None);
    for atom in sorted {
        let display = last.filter(|l| {
            l.size.min(atom.size) >= DISPLAY * em && l.bbox.overlap_y(&atom.bbox) > 0.5 * l.bbox.height()
        });
        let least = display.map_or(minimum, |l| minimum.max(APART * l.size.min(atom.size)));
        if atom.bbox.x0 - right >= least {
            out.push((right, atom.bbox.x0));
        }
        if atom.bbox.x1 > right {
            (right, last) = (atom.bbox.x1, Some(atom));
        }
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
    levels: usize,
}

impl Group {
    /// Gutters with something on both sides.
    fn gutters(&self) -> impl Iterator<Item = (f32, f32)> + '_ {
        self.free.iter().copied().filter(is_inner)
    }

    /// Where its text begins.
    fn left(&self) -> f32 {
        self.rows.iter().flat_map(|r| &r.atoms).map(|a| a.bbox.x0).fold(f32::INFINITY, f32::min)
    }

    /// Where its text ends.
    fn right(&self) -> f32 {
        self.rows.iter().flat_map(|r| &r.atoms).map(|a| a.bbox.x1).fold(f32::NEG_INFINITY, f32::max)
    }
}

/// Rows that follow one another and share a gutter. A group begins anew when adding the next row would
/// close every gutter that has something on both sides.
fn groups(rows: Vec<Row>, white: White) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    let mut rest = rows.into_iter().peekable();
    while let Some(row) = rest.next() {
        if let Some(last) = out.last_mut() {
            let levels = last.levels + row.levels;
            let common = intersect(&last.free, &row.free, white.gutter);
            let had = last.gutters().next().is_some();
            let keeps = common.iter().any(is_inner);
            let brings = row.free.iter().any(is_inner);
            // Without gutters on either side the rows are plain text and belong together.
            if keeps || (!had && !brings) {
                last.free = common;
                last.levels = levels;
                last.rows.push(row);
                continue;
            }
            if let Some(gutter) = touched(last, &row, rest.peek(), white) {
                last.free = vec![(f32::NEG_INFINITY, last.left()), gutter, (last.right(), f32::INFINITY)];
                last.levels = levels;
                last.rows.push(row);
                continue;
            }
        }
        out.push(Group { free: row.free.clone(), levels: row.levels, rows: vec![row] });
    }
    out
}

/// The gutter of a group that goes on through a row although a line of it touches the next column. Then the
/// row holds a slit where the column beyond begins (or the one before ends), stands no further off than
/// lines of text do, and the row after it keeps the gutter, unless the row itself is many lines. A title over
/// the columns has no such edge.
fn touched(group: &Group, row: &Row, next: Option<&Row>, white: White) -> Option<(f32, f32)> {
    let em = white.em();
    let top = row.atoms.iter().map(|a| a.bbox.y0).fold(f32::INFINITY, f32::min);
    let above = group.rows.last()?;
    let bottom = above.atoms.iter().map(|a| a.bbox.y1).fold(f32::NEG_INFINITY, f32::max);
    if group.levels + row.levels <= MANY / 2 || group.levels > MOST_LEVELS || top - bottom > em * 1.2 {
        return None;
    }
    let same = |a: f32, b: f32| (a - b).abs() < em * 0.15;
    group.gutters().find_map(|gutter| {
        let flush = |slit: &&(f32, f32)| {
            let meets = slit.0 < gutter.1 && slit.1 > gutter.0;
            is_inner(slit) && meets && (same(slit.1, gutter.1) || same(slit.0, gutter.0))
        };
        let slit = row.slits.iter().find(flush)?;
        let kept = row.levels >= MANY
            || next.is_some_and(|next| !intersect(&[gutter], &next.free, white.gutter).is_empty());
        let common = (slit.0.max(gutter.0), slit.1.min(gutter.1));
        let atoms: Vec<Atom> = group.rows.iter().chain([row]).flat_map(|r| r.atoms.iter().copied()).collect();
        (kept && text_meets_at(&atoms, common, em)).then_some(gutter)
    })
}

/// Longer groups are not looked at again for every line that touches.
const MOST_LEVELS: usize = 400;

/// Whether lines of text fill the columns on both sides of white: wide enough for several words, most of their
/// width inked, and no further apart than columns are. Names beside their values, list markers and the cells
/// of a table leave more white.
fn text_meets_at(atoms: &[Atom], white: (f32, f32), em: f32) -> bool {
    let middle = (white.0 + white.1) / 2.0;
    let (left, right): (Vec<Atom>, Vec<Atom>) = atoms.iter().partition(|a| a.bbox.center().0 < middle);
    let (left, right) = (lines(&left), lines(&right));
    if left.len().min(right.len()) < MANY / 2 {
        return false;
    }
    let fills = |lines: &[Line]| {
        let x0 = lines.iter().map(|l| l.x0).fold(f32::INFINITY, f32::min);
        let x1 = lines.iter().map(|l| l.x1).fold(f32::NEG_INFINITY, f32::max);
        x1 - x0 > em * 7.0 && median(lines, |l| l.ink) > 0.6 * (x1 - x0)
    };
    let usual = (median(&right, |l| l.x0) - median(&left, |l| l.x1)) / em;
    fills(&left) && fills(&right) && (0.45..2.5).contains(&usual)
}

fn median(lines: &[Line], of: impl Fn(&Line) -> f32) -> f32 {
    let mut values: Vec<f32> = lines.iter().map(of).collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// A level of words: where it begins and ends, and how much of it is words.
struct Line {
    x0: f32,
    x1: f32,
    ink: f32,
}

fn lines(atoms: &[Atom]) -> Vec<Line> {
    let mut sorted: Vec<&Atom> = atoms.iter().filter(|a| matches!(a.what, What::Word(_))).collect();
    sorted.sort_by(|a, b| a.bbox.y1.total_cmp(&b.bbox.y1));
    let (mut out, mut bottom): (Vec<Line>, f32) = (Vec::new(), f32::NEG_INFINITY);
    for atom in sorted {
        let (x0, x1, ink) = (atom.bbox.x0, atom.bbox.x1, atom.bbox.width());
        match out.last_mut() {
            Some(last) if atom.bbox.y0 < bottom => {
                *last = Line { x0: last.x0.min(x0), x1: last.x1.max(x1), ink: last.ink + ink };
            }
            _ => {
                out.push(Line { x0, x1, ink });
                bottom = atom.bbox.y1;
            }
        }
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
