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
        let part = |wanted: bool| -> Vec<Atom> {
            atoms.iter().zip(&inside).filter(|(_, own)| **own == wanted).map(|(a, _)| *a).collect()
        };
        let rest = part(false);
        if [above, below].iter().any(|strip| has_gutter(&rest, strip, (&bbox, outer), size)) {
            return Some((part(true), rest));
        }
    }
    None
}

/// The object and the lines right below and above it that keep to its width: its caption. Text of the columns beside
/// may stand at the same height; what runs out of the width is theirs.
fn members(atoms: &[Atom], object: usize, size: f32) -> Vec<usize> {
    /// White between a caption and the text beside it, in ems; words of a line stand closer.
    const APART: f32 = 0.9;
    /// White between the object and its caption, and between lines of the caption, in ems.
    const REACH_TO_FIRST: f32 = 2.5;
    const REACH_TO_NEXT: f32 = 1.6;
    let own = atoms[object].bbox;
    let mut out = vec![object];
    for up in [false, true] {
        let outside = |b: &Rect| if up { b.y1 <= own.y0 + 1.0 } else { b.y0 >= own.y1 - 1.0 };
        let mut words: Vec<usize> = (0..atoms.len())
            .filter(|i| matches!(atoms[*i].what, What::Word(_)) && outside(&atoms[*i].bbox))
            .filter(|i| atoms[*i].bbox.overlap_x(&own.grown(size * 4.0)) > 0.0)
            .collect();
        words.sort_by(|a, b| atoms[*a].bbox.y0.total_cmp(&atoms[*b].bbox.y0));
        if up {
            words.reverse();
        }
        let (mut edge, mut reach) = (if up { own.y0 } else { own.y1 }, REACH_TO_FIRST);
        let mut place = 0;
        while place < words.len() {
            let first = atoms[words[place]].bbox;
            let start = place;
            while place < words.len() && atoms[words[place]].bbox.overlap_y(&first) > 0.0 {
                place += 1;
            }
            let level = &mut words[start..place];
            level.sort_by(|a, b| atoms[*a].bbox.x0.total_cmp(&atoms[*b].bbox.x0));
            let runs = level.chunk_by(|a, b| atoms[*b].bbox.x0 - atoms[*a].bbox.x1 < size * APART);
            let kept: Vec<usize> = runs
                .filter(|run| {
                    let (x0, x1) = (atoms[run[0]].bbox.x0, atoms[run[run.len() - 1]].bbox.x1);
                    x0 >= own.x0 - 2.0 && x1 <= own.x1 + 2.0
                })
                .flatten()
                .copied()
                .collect();
            let Some(bbox) = Rect::union_all(kept.iter().map(|i| &atoms[*i].bbox)) else {
                // Text beside the caption may stand a little higher or lower than its lines.
                let beyond = if up { edge - first.y1 } else { first.y0 - edge };
                if beyond > size * reach {
                    break;
                }
                continue;
            };
            let gap = if up { edge - bbox.y1 } else { bbox.y0 - edge };
            if gap > size * reach {
                break;
            }
            reach = REACH_TO_NEXT;
            edge = if up { bbox.y0 } else { bbox.y1 };
            out.extend(kept);
        }
    }
    out
}

/// Whether the text of a strip stands in two columns whose gutter runs into the float, and whose outer edges are
/// those of the text beside it: other text than theirs may stand below in columns of its own.
fn has_gutter(atoms: &[Atom], strip: &Rect, (float, outer): (&Rect, (f32, f32)), size: f32) -> bool {
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
    let [middle] = gutters.as_slice() else { return false };
    let (left, other): (Vec<Atom>, Vec<Atom>) = words.iter().partition(|a| a.bbox.center().0 < *middle);
    let x0 = left.iter().map(|a| a.bbox.x0).fold(f32::INFINITY, f32::min);
    let x1 = other.iter().map(|a| a.bbox.x1).fold(f32::NEG_INFINITY, f32::max);
    let same = (x0 - outer.0).abs() < size * 1.5 && (x1 - outer.1).abs() < size * 1.5;
    // Both sides reach under the float: beside it they would be its neighbours and no columns.
    let under = |side: &[Atom]| side.iter().any(|a| a.bbox.overlap_x(float) > size);
    same && levels(&left) >= FEWEST_LINES && levels(&other) >= FEWEST_LINES && under(&left) && under(&other)
}
