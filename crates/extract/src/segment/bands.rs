//! Rows of a region in bands that share gutters. In: the atoms of a region. Out: bands from top to bottom, each with
//! the white that runs down through all of its rows, so that a title over two columns ends a band and a paragraph
//! gap does not. Decides nothing about the order of columns.

use super::cut::{Atom, What, levels};
use super::filled::{Line, MANY, fill, lines, text_meets_at};

/// Width of the narrowest gutter in ems. So narrow a one must run along many lines.
const NARROWEST: f32 = 0.55;
/// What is left of the white between columns that touch, in ems.
const SLIT: f32 = 0.12;
/// A page has no more columns of text than this.
const MOST_COLUMNS: usize = 16;
/// Longer bands are not looked at again for every line that touches.
const MOST_LEVELS: usize = 400;

/// Rows of a region: atoms that overlap in y, directly or through others.
struct Row {
    atoms: Vec<Atom>,
    free: Vec<(f32, f32)>,
    /// White as narrow as a space, for lines that touch the next column.
    slits: Vec<(f32, f32)>,
    /// Levels of text.
    levels: usize,
}

impl Row {
    fn top(&self) -> f32 {
        self.atoms.iter().map(|a| a.bbox.y0).fold(f32::INFINITY, f32::min)
    }

    fn bottom(&self) -> f32 {
        self.atoms.iter().map(|a| a.bbox.y1).fold(f32::NEG_INFINITY, f32::max)
    }

    fn left(&self) -> f32 {
        self.atoms.iter().map(|a| a.bbox.x0).fold(f32::INFINITY, f32::min)
    }

    fn right(&self) -> f32 {
        self.atoms.iter().map(|a| a.bbox.x1).fold(f32::NEG_INFINITY, f32::max)
    }
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

/// Rows that follow one another with the white that runs down through all of them.
pub struct Group {
    rows: Vec<Row>,
    free: Vec<(f32, f32)>,
    levels: usize,
}

impl Group {
    /// Gutters with something on both sides.
    pub fn gutters(&self) -> impl Iterator<Item = (f32, f32)> + '_ {
        self.free.iter().copied().filter(is_inner)
    }

    pub fn atoms(&self) -> impl Iterator<Item = Atom> + '_ {
        self.rows.iter().flat_map(|r| r.atoms.iter().copied())
    }

    /// Where its text begins.
    fn left(&self) -> f32 {
        self.rows.iter().map(Row::left).fold(f32::INFINITY, f32::min)
    }

    /// Where its text ends.
    fn right(&self) -> f32 {
        self.rows.iter().map(Row::right).fold(f32::NEG_INFINITY, f32::max)
    }
}

/// Rows that follow one another and share a gutter. A group begins anew when adding the next row would close every
/// gutter that has something on both sides, or one between columns of text for which it keeps only white beside
/// itself. `em` is that of the text, in points.
pub fn groups(atoms: Vec<Atom>, em: f32) -> Vec<Group> {
    let white = White { gutter: em * NARROWEST, slit: em * SLIT };
    let mut out: Vec<Group> = Vec::new();
    let mut rest = rows(atoms, white).into_iter().peekable();
    while let Some(row) = rest.next() {
        if let Some(last) = out.last_mut() {
            let levels = last.levels + row.levels;
            let common = intersect(&last.free, &row.free, white.gutter);
            let had = last.gutters().next().is_some();
            let kept = common.iter().any(is_inner) && !by_chance(last, &row, rest.peek(), &common, white);
            let parted =
                |c: &(f32, f32)| is_inner(c) && (parts(&row, c) || column_beyond(last, &row, c, white));
            let keeps = kept && (!closes(last, &row, white) || common.iter().take(MOST_COLUMNS).any(parted));
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
        let above = out.last_mut().map_or(Vec::new(), |last| beyond(last, &row, white));
        let mut group = Group { free: row.free.clone(), levels: row.levels, rows: vec![row] };
        for row in above {
            group.free = intersect(&group.free, &row.free, white.gutter);
            group.levels += row.levels;
            group.rows.insert(0, row);
        }
        out.push(group);
    }
    out
}

/// The height at which both columns of a group turn to type of another size: two texts in columns, one set above
/// the other (notes below a text, a text below its abstract), of which the upper is read first.
pub fn change_of_type(group: &Group, middle: f32, em: f32) -> Option<f32> {
    /// Sizes within this of each other are one.
    const SAME: f32 = 0.94;
    /// Larger still are headlines, each of its own column.
    const HEADLINE: f32 = 0.65;
    /// White between the two texts, in ems.
    const APART: f32 = 0.8;
    /// Bands of more atoms are no page of text.
    const MOST_ATOMS: usize = 8000;
    if group.levels > MOST_LEVELS || group.atoms().count() > MOST_ATOMS {
        return None;
    }
    // Nine tenths of the words of a side are of its size at least; others are numbers of notes, formulas, headings.
    let sizes = |rows: &[Row], left: bool| -> Option<(f32, f32)> {
        let atoms = || rows.iter().flat_map(|r| &r.atoms).filter(|a| (a.bbox.center().0 < middle) == left);
        let side: Vec<Atom> = atoms().copied().collect();
        let mut sizes: Vec<f32> = side.iter().map(|a| a.size).filter(|s| *s > 0.0).collect();
        if levels(&side) < MANY / 2 || !fill(&lines(&side), 0.5, em) {
            return None;
        }
        sizes.sort_by(f32::total_cmp);
        Some((*sizes.get(sizes.len() / 10)?, *sizes.get(sizes.len() * 9 / 10)?))
    };
    (1..group.rows.len()).find_map(|at| {
        let (above, below) = group.rows.split_at(at);
        let (from, to) = (above.last()?.bottom(), below.first()?.top());
        if to - from < em * APART {
            return None;
        }
        let smaller = |a: (f32, f32), b: (f32, f32)| a.1 < b.0 * SAME && a.0 > b.1 * HEADLINE;
        let [a, b] = [sizes(above, true)?, sizes(above, false)?];
        let [c, d] = [sizes(below, true)?, sizes(below, false)?];
        let falls = smaller(c, a) && smaller(d, b);
        let rises = smaller(a, c) && smaller(b, d);
        (falls || rises).then_some((from + to) / 2.0)
    })
}

/// Takes rows off the end of a band without gutters that belong to the columns below: lines right above `row`, all
/// of them beyond the gutter that it brings. Columns begin at different heights where something reaches into one of
/// them; a title or the end of a paragraph over both begins at the left.
fn beyond(group: &mut Group, row: &Row, white: White) -> Vec<Row> {
    let Some(gutter) = row.free.iter().find(|f| is_inner(f)) else { return Vec::new() };
    let mut out = Vec::new();
    if group.gutters().next().is_some() {
        return out;
    }
    let (right, mut top) = (row.right(), row.top());
    while let Some(last) = group.rows.last() {
        let words = last.atoms.iter().all(|a| matches!(a.what, What::Word(_)));
        let within = last.left() >= gutter.1 - white.em() * 0.2 && last.right() <= right + white.em();
        if group.rows.len() < 2 || !words || !within || top - last.bottom() >= white.em() * 1.2 {
            break;
        }
        top = last.top();
        group.levels -= last.levels;
        out.extend(group.rows.pop());
    }
    out
}

/// Whether what a row keeps of the gutters above it is a wide space of its text: then it has a wider gutter, and the
/// row below shares that and not the space.
fn by_chance(group: &Group, row: &Row, next: Option<&Row>, common: &[(f32, f32)], white: White) -> bool {
    /// A line or two over the columns: a title, the head of the page.
    const FEW_LEVELS: usize = 2;
    let width =
        |free: &[(f32, f32)]| free.iter().filter(|f| is_inner(f)).map(|f| f.1 - f.0).fold(0.0, f32::max);
    let Some(next) = next.filter(|_| group.levels <= FEW_LEVELS) else { return false };
    let below = intersect(&row.free, &next.free, white.gutter);
    width(common) < white.em()
        && width(&below) >= width(common).max(white.em()) * 1.5
        && !intersect(common, &below, 0.0).iter().any(is_inner)
}

/// Whether a row has something on both sides of white.
fn parts(row: &Row, white: &(f32, f32)) -> bool {
    row.free.iter().any(|f| is_inner(f) && f.0 < white.1 && f.1 > white.0)
}

/// Whether a column of text stands beyond white beside a row: the row is no end of it, whatever else it closes.
fn column_beyond(group: &Group, row: &Row, white: &(f32, f32), own: White) -> bool {
    let right = row.right() <= white.1;
    let beyond: Vec<Atom> = group
        .atoms()
        .filter(|a| if right { a.bbox.x0 >= white.1 - 1.0 } else { a.bbox.x1 <= white.0 + 1.0 })
        .collect();
    let beyond = lines(&beyond);
    beyond.len() >= MANY / 2 && fill(&beyond, 0.5, own.em())
}

/// Whether a row stands across a gutter between columns of text.
fn closes(group: &Group, row: &Row, white: White) -> bool {
    if group.levels > MOST_LEVELS {
        return false;
    }
    let closed = group.gutters().filter(|g| intersect(&[*g], &row.free, white.gutter).is_empty());
    closed.take(MOST_COLUMNS).any(|gutter| {
        let middle = (gutter.0 + gutter.1) / 2.0;
        let (left, right): (Vec<Atom>, Vec<Atom>) = group.atoms().partition(|a| a.bbox.center().0 < middle);
        let (left, right) = (lines(&left), lines(&right));
        let filled = |lines: &[Line]| lines.len() >= MANY && fill(lines, 0.5, white.em());
        filled(&left) && filled(&right)
    })
}

/// The gutter of a group that goes on through a row although a line of it touches the next column. Then the
/// row holds a slit where the column beyond begins (or the one before ends), stands no further off than
/// lines of text do, and the row after it keeps the gutter, unless the row itself is many lines. A title over
/// the columns has no such edge.
fn touched(group: &Group, row: &Row, next: Option<&Row>, white: White) -> Option<(f32, f32)> {
    let em = white.em();
    let gap = row.top() - group.rows.last()?.bottom();
    if group.levels + row.levels <= MANY / 2 || group.levels > MOST_LEVELS || gap > em * 1.2 {
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
        let atoms: Vec<Atom> = group.atoms().chain(row.atoms.iter().copied()).collect();
        (kept && text_meets_at(&atoms, common, em)).then_some(gutter)
    })
}
