//! Lines of text that fill columns. In: atoms of a region. Out: whether they run on as text in columns does, and
//! do not stand as labels, list markers or cells do. Looks at how lines lie, never at what they say.

use super::cut::{Atom, What};

/// Ragged or overfull lines of a column come closer to the next one now and then. White that is shared by this
/// many lines cannot be the spaces of running text, however narrow it is.
pub const MANY: usize = 6;

/// Whether lines of text fill the columns on both sides of white: wide enough for several words, most of their
/// width inked, and no further apart than columns are. Names beside their values, list markers and the cells
/// of a table leave more white.
pub fn text_meets_at(atoms: &[Atom], white: (f32, f32), em: f32) -> bool {
    let middle = (white.0 + white.1) / 2.0;
    let (left, right): (Vec<Atom>, Vec<Atom>) = atoms.iter().partition(|a| a.bbox.center().0 < middle);
    let (left, right) = (lines(&left), lines(&right));
    if left.len().min(right.len()) < MANY / 2 {
        return false;
    }
    let usual = (median(&right, |l| l.x0) - median(&left, |l| l.x1)) / em;
    fill(&left, 0.6, em) && fill(&right, 0.6, em) && (0.45..2.5).contains(&usual)
}

/// Whether lines fill a column as running text does: wide enough for several words, `share` of its width inked.
pub fn fill(lines: &[Line], share: f32, em: f32) -> bool {
    let x0 = lines.iter().map(|l| l.x0).fold(f32::INFINITY, f32::min);
    let x1 = lines.iter().map(|l| l.x1).fold(f32::NEG_INFINITY, f32::max);
    x1 - x0 > em * 7.0 && median(lines, |l| l.ink) > share * (x1 - x0)
}

fn median(lines: &[Line], of: impl Fn(&Line) -> f32) -> f32 {
    let mut values: Vec<f32> = lines.iter().map(of).collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// A level of words: where it begins and ends, and how much of it is words.
pub struct Line {
    x0: f32,
    x1: f32,
    ink: f32,
}

pub fn lines(atoms: &[Atom]) -> Vec<Line> {
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
