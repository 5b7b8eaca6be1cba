//! Pictures and boxes that stand across the gutter of two columns while text runs around them on both sides. In:
//! atoms of a region. Out: the atoms of such a float apart from the rest, so that the columns, which go on above
//! or below it, are read one after the other and not cut at it.

use super::cut::{Atom, What, levels};
use pagemill_document::Rect;

/// Lines of text that must stand on either side of a float, and on either side of the gutter beyond it.
const FEWEST_LINES: usize = 3;
/// How far beyond a float its columns are looked for, in ems.
const REACH: f32 = 14.0;

/// The first float among `atoms` with the words that belong to it (a caption within its width), and the rest.
pub fn pull(atoms: &[Atom], size: f32) -> Option<(Vec<Atom>, Vec<Atom>)> {
    let objects = atoms.iter().enumerate().filter(|(_, a)| matches!(a.what, What::Object(_)));
    for (index, object) in objects {
        let members = members(atoms, index, size);
        let Some(bbox) = Rect::union_all(members.iter().map(|i| &atoms[*i].bbox)) else { continue };
        let beside = |left: bool| -> Vec<Atom> {
            let clear =
                |a: &&Atom| if left { a.bbox.x1 <= bbox.x0 + 2.0 } else { a.bbox.x0 >= bbox.x1 - 2.0 };
            let level = |a: &&Atom| matches!(a.what, What::Word(_)) && a.bbox.overlap_y(&bbox) > 0.0;
            atoms.iter().filter(level).filter(clear).copied().collect()
        };
        let (left, right) = (beside(true), beside(false));
        if levels(&left) < FEWEST_LINES || levels(&right) < FEWEST_LINES {
            continue;
        }
        let outer = (
            left.iter().map(|a| a.bbox.x0).fold(f32::INFINITY, f32::min),
            right.iter().map(|a| a.bbox.x1).fold(f32::NEG_INFINITY, f32::max),
        );
        let above = Rect { y0: bbox.y0 - size * REACH, y1: bbox.y0, ..object.bbox };
        let below = Rect { y0: bbox.y1, y1: bbox.y1 + size * REACH, ..object.bbox };
        let mut inside = vec![false; atoms.len()];
        members.iter().for_each(|i| inside[*i] = true);
        let part = |inside: &[bool], wanted: bool| -> Vec<Atom> {
            atoms.iter().zip(inside).filter(|(_, own)| **own == wanted).map(|(a, _)| *a).collect()
        };
        let rest = part(&inside, false);
        let found = [above, below].iter().find_map(|strip| gutter(&rest, strip, (&bbox, outer), size));
        if let Some(middle) = found {
            across(atoms, &bbox, middle, size).into_iter().for_each(|i| inside[i] = true);
            return Some((part(&inside, true), part(&inside, false)));
        }
    }
    None
}

/// The object and the lines right below and above it that keep to its width: its caption. A word that goes on
/// with a line from outside is none of them.
fn members(atoms: &[Atom], object: usize, size: f32) -> Vec<usize> {
    /// White between the object and its lines, and between them, in ems.
    const REACH: f32 = 1.6;
    /// Words of a line stand closer than this, in ems.
    const SPACE: f32 = 0.6;
    let own = atoms[object].bbox;
    let leaves = |b: &Rect| b.x0 < own.x0 - 2.0 || b.x1 > own.x1 + 2.0;
    let runs_on = |i: &usize| {
        let word = &atoms[*i].bbox;
        words(atoms).any(|j| {
            let other = &atoms[j].bbox;
            let between = (word.x0 - other.x1).max(other.x0 - word.x1);
            leaves(other) && other.overlap_y(word) > 0.5 * word.height() && between < size * SPACE
        })
    };
    let mut out = vec![object];
    for up in [false, true] {
        let within: Vec<usize> = words(atoms).filter(|i| !leaves(&atoms[*i].bbox)).collect();
        let mut edge = if up { own.y0 } else { own.y1 };
        for level in levels_from(atoms, within, &own, up) {
            let first = atoms[level[0]].bbox;
            let gap = if up { edge - first.y1 } else { first.y0 - edge };
            if gap > size * REACH || level.iter().any(runs_on) {
                break;
            }
            edge = if up { first.y0 } else { first.y1 };
            out.extend(level);
        }
    }
    out
}

/// Lines right below a float that stand across the gutter, apart from the text on either side: its caption, which
/// that text runs around as well.
fn across(atoms: &[Atom], float: &Rect, middle: f32, size: f32) -> Vec<usize> {
    /// White beside such a line, in ems; words of a line stand closer.
    const APART: f32 = 0.9;
    /// White between the float and the first line, and between lines, in ems.
    const REACH_TO_FIRST: f32 = 2.5;
    const REACH_TO_NEXT: f32 = 1.6;
    let (mut out, mut edge, mut reach) = (Vec::new(), float.y1, REACH_TO_FIRST);
    for mut level in levels_from(atoms, words(atoms).collect(), float, false) {
        let first = atoms[level[0]].bbox;
        level.sort_by(|a, b| atoms[*a].bbox.x0.total_cmp(&atoms[*b].bbox.x0));
        let mut runs = level.chunk_by(|a, b| atoms[*b].bbox.x0 - atoms[*a].bbox.x1 < size * APART);
        let crosses = |run: &&[usize]| {
            let (x0, x1) = (atoms[run[0]].bbox.x0, atoms[run[run.len() - 1]].bbox.x1);
            x0 < middle - size && x1 > middle + size && x0 >= float.x0 - 2.0 && x1 <= float.x1 + 2.0
        };
        let found = runs.find(crosses);
        let top = found.map_or(first.y0, |run| atoms[run[0]].bbox.y0);
        if top - edge > size * reach {
            break;
        }
        if let Some(run) = found {
            edge = run.iter().map(|i| atoms[*i].bbox.y1).fold(edge, f32::max);
            reach = REACH_TO_NEXT;
            out.extend(run);
        }
    }
    out
}

/// Places of the words among atoms.
fn words(atoms: &[Atom]) -> impl Iterator<Item = usize> + '_ {
    (0..atoms.len()).filter(|i| matches!(atoms[*i].what, What::Word(_)))
}

/// Levels of `among` from a float outwards, upwards or downwards: each the words that overlap in y with its first.
fn levels_from(
    atoms: &[Atom],
    among: Vec<usize>,
    float: &Rect,
    up: bool,
) -> impl Iterator<Item = Vec<usize>> {
    let clear = |b: &Rect| if up { b.y1 <= float.y0 + 1.0 } else { b.y0 >= float.y1 - 1.0 };
    let mut beyond: Vec<usize> = among.into_iter().filter(|i| clear(&atoms[*i].bbox)).collect();
    beyond.sort_by(|a, b| atoms[*a].bbox.y0.total_cmp(&atoms[*b].bbox.y0));
    if up {
        beyond.reverse();
    }
    let mut rest = beyond.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut level = vec![first];
        while let Some(next) = rest.next_if(|i| atoms[*i].bbox.overlap_y(&atoms[first].bbox) > 0.0) {
            level.push(next);
        }
        Some(level)
    })
}

/// The middle of the gutter where the text of a strip stands in two columns whose gutter runs into the float, and
/// whose outer edges are those of the text beside it: other text than theirs may stand below in columns of its own.
fn gutter(atoms: &[Atom], strip: &Rect, (float, outer): (&Rect, (f32, f32)), size: f32) -> Option<f32> {
    let words: Vec<Atom> = atoms
        .iter()
        .copied()
        .filter(|a| matches!(a.what, What::Word(_)))
        .filter(|a| a.bbox.center().1 > strip.y0 && a.bbox.center().1 < strip.y1)
        .collect();
    let mut spans: Vec<(f32, f32)> = words.iter().map(|a| (a.bbox.x0, a.bbox.x1)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut gutters: Vec<f32> = Vec::new();
    let mut right = f32::INFINITY;
    for (x0, x1) in spans {
        if x0 - right > size * 0.55 {
            gutters.push((right + x0) / 2.0);
        }
        right = if right.is_finite() { right.max(x1) } else { x1 };
    }
    let [middle] = gutters.as_slice() else { return None };
    let (left, other): (Vec<Atom>, Vec<Atom>) = words.iter().partition(|a| a.bbox.center().0 < *middle);
    let x0 = left.iter().map(|a| a.bbox.x0).fold(f32::INFINITY, f32::min);
    let x1 = other.iter().map(|a| a.bbox.x1).fold(f32::NEG_INFINITY, f32::max);
    let same = (x0 - outer.0).abs() < size * 1.5 && (x1 - outer.1).abs() < size * 1.5;
    // Both sides reach under the float: beside it they would be its neighbours and no columns.
    let under = |side: &[Atom]| side.iter().any(|a| a.bbox.overlap_x(float) > size);
    let columns = levels(&left) >= FEWEST_LINES && levels(&other) >= FEWEST_LINES;
    (same && columns && under(&left) && under(&other)).then_some(*middle)
}
