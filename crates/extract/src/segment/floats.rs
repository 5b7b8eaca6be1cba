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
    let own = atoms[object].bbox;
    let mut out = vec![object];
    let word = |i: &usize| matches!(atoms[*i].what, What::Word(_));
    let mut near: Vec<usize> = (0..atoms.len())
        .filter(word)
        .filter(|i| {
            let b = &atoms[*i].bbox;
            b.x0 >= own.x0 - 2.0 && b.x1 <= own.x1 + 2.0
        })
        .collect();
    for up in [false, true] {
        near.sort_by(|a, b| atoms[*a].bbox.y0.total_cmp(&atoms[*b].bbox.y0));
        if up {
            near.reverse();
        }
        let (mut edge, mut line): (f32, Vec<usize>) = (if up { own.y0 } else { own.y1 }, Vec::new());
        let mut place = 0;
        while place < near.len() {
            let b = atoms[near[place]].bbox;
            let outside = if up { b.y1 > own.y0 + 1.0 } else { b.y0 < own.y1 - 1.0 };
            if outside {
                place += 1;
                continue;
            }
            line.clear();
            while place < near.len() && atoms[near[place]].bbox.overlap_y(&b) > 0.0 {
                line.push(near[place]);
                place += 1;
            }
            let gap = if up { edge - b.y1 } else { b.y0 - edge };
            let runs_on = line.iter().any(|i| {
                let w = &atoms[*i].bbox;
                (0..atoms.len()).filter(word).any(|j| {
                    let o = &atoms[j].bbox;
                    let between = (w.x0 - o.x1).max(o.x0 - w.x1);
                    let leaves = o.x0 < own.x0 - 2.0 || o.x1 > own.x1 + 2.0;
                    leaves && o.overlap_y(w) > 0.5 * w.height() && between < size * 0.6
                })
            });
            if gap > size * 1.6 || runs_on {
                break;
            }
            edge = if up { b.y0 } else { b.y1 };
            out.extend(&line);
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
    let mut words: Vec<usize> = (0..atoms.len())
        .filter(|i| matches!(atoms[*i].what, What::Word(_)) && atoms[*i].bbox.y0 >= float.y1 - 1.0)
        .collect();
    words.sort_by(|a, b| atoms[*a].bbox.y0.total_cmp(&atoms[*b].bbox.y0));
    let (mut out, mut edge, mut reach) = (Vec::new(), float.y1, REACH_TO_FIRST);
    let mut rest = words.as_mut_slice();
    while let Some(first) = rest.first().map(|i| atoms[*i].bbox) {
        let count = rest.iter().take_while(|i| atoms[**i].bbox.overlap_y(&first) > 0.0).count().max(1);
        let (level, after) = rest.split_at_mut(count);
        rest = after;
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
