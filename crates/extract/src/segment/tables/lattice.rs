//! Rulings to lattices. In: rulings as drawn, in pieces, doubled and dotted. Out: lines that meet, as sorted
//! column and row positions with the question which borders are really drawn. Never reads text.

use pagemill_document::{Rect, Ruling};

/// Positions closer than this are one line (points): double rules, and edges of thin boxes.
const SNAP: f32 = 3.0;
/// Pages with more rulings than this are drawings; what is beyond is not looked at.
const MAX_RULINGS: usize = 6000;
/// Lines after merging, per direction.
const MAX_LINES: usize = 600;

/// A straight line: its position across, and its extent along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub at: f32,
    pub from: f32,
    pub to: f32,
}

/// Lines that touch one another.
#[derive(Clone, Debug, Default)]
pub struct Lattice {
    pub horizontal: Vec<Stroke>,
    pub vertical: Vec<Stroke>,
    /// Positions of columns' borders, ascending.
    pub xs: Vec<f32>,
    /// Positions of rows' borders, ascending.
    pub ys: Vec<f32>,
}

/// Joins pieces on one line, across gaps of a dotted line.
fn merged(mut strokes: Vec<Stroke>) -> Vec<Stroke> {
    strokes.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.from.total_cmp(&b.from)));
    let mut out: Vec<Stroke> = Vec::new();
    let mut start = 0;
    while start < strokes.len() {
        let mut end = start + 1;
        while end < strokes.len()
            && strokes[end].at - strokes[end - 1].at <= 1.2
            && strokes[end].at - strokes[start].at <= SNAP
        {
            end += 1;
        }
        let mut level: Vec<Stroke> = strokes[start..end].to_vec();
        let at = level.iter().map(|s| s.at).sum::<f32>() / level.len() as f32;
        level.sort_by(|a, b| a.from.total_cmp(&b.from));
        let mut current: Option<Stroke> = None;
        for stroke in level {
            match &mut current {
                Some(last) if stroke.from <= last.to + SNAP => last.to = last.to.max(stroke.to),
                _ => {
                    out.extend(current.take());
                    current = Some(Stroke { at, ..stroke });
                }
            }
        }
        out.extend(current);
        start = end;
    }
    out.retain(|s| s.to - s.from >= 5.0);
    out
}

/// All lines of the page by direction: (horizontal, vertical).
pub fn strokes(rulings: &[Ruling], page: &Rect) -> (Vec<Stroke>, Vec<Stroke>) {
    let (mut horizontal, mut vertical) = (Vec::new(), Vec::new());
    for ruling in rulings.iter().take(MAX_RULINGS) {
        let b = ruling.bbox.intersection(page);
        if !(b.x0.is_finite() && b.x1.is_finite() && b.y0.is_finite() && b.y1.is_finite()) {
            continue;
        }
        if ruling.horizontal {
            horizontal.push(Stroke { at: (b.y0 + b.y1) / 2.0, from: b.x0, to: b.x1 });
        } else {
            vertical.push(Stroke { at: (b.x0 + b.x1) / 2.0, from: b.y0, to: b.y1 });
        }
    }
    let (mut horizontal, mut vertical) = (merged(horizontal), merged(vertical));
    horizontal.truncate(MAX_LINES);
    vertical.truncate(MAX_LINES);
    (horizontal, vertical)
}

/// Drops the lines of a ground that text is set over (squared paper, a pattern, lines struck through): rules of a table
/// stand between words and cross few of them.
pub fn drop_ground(strokes: &mut Vec<Stroke>, vertical: bool, words: &[Rect]) {
    const MOST_WORDS: usize = 3;
    /// Share of its length that a rule runs through words.
    const MOST_CROSSED: f32 = 0.12;
    /// Points, and share of a word's height, within which a rule touches a word's edge.
    const EDGE: f32 = 1.0;
    const EDGE_SHARE: f32 = 0.3;
    const FEWEST_OF_PATTERN: usize = 3;
    let crosses = |s: &Stroke| {
        let crossed = words.iter().filter_map(|w| {
            let (x, y) = w.center();
            let (along, across, thick) = if vertical {
                (y, s.at > w.x0 + EDGE && s.at < w.x1 - EDGE, w.height())
            } else {
                let edge = EDGE_SHARE * w.height();
                (x, s.at > w.y0 + edge && s.at < w.y1 - edge, w.width())
            };
            (across && along > s.from && along < s.to).then_some(thick)
        });
        let (count, length) = crossed.fold((0, 0.0), |(count, sum), thick| (count + 1, sum + thick));
        count > MOST_WORDS && length >= MOST_CROSSED * (s.to - s.from)
    };
    let (ground, rest): (Vec<Stroke>, Vec<Stroke>) = strokes.drain(..).partition(crosses);
    // Lines of a pattern are of one length, and some of them run between words.
    let like =
        |s: &Stroke, other: &Stroke| (s.from - other.from).abs() < SNAP && (s.to - other.to).abs() < SNAP;
    let count = |s: &Stroke, among: &[Stroke]| among.iter().filter(|other| like(s, other)).count();
    let of_ground = |s: &Stroke| {
        let crossing = count(s, &ground);
        crossing >= FEWEST_OF_PATTERN && crossing * 2 >= count(s, &rest)
    };
    strokes.extend(rest.iter().filter(|s| !of_ground(s)));
}

/// Groups lines that touch. Lines that touch nothing of the other direction are returned apart.
pub fn lattices(horizontal: &[Stroke], vertical: &[Stroke]) -> (Vec<Lattice>, Vec<Stroke>) {
    let count = horizontal.len() + vertical.len();
    let mut parent: Vec<usize> = (0..count).collect();
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    for (i, h) in horizontal.iter().enumerate() {
        for (j, v) in vertical.iter().enumerate() {
            let meet =
                v.at >= h.from - SNAP && v.at <= h.to + SNAP && h.at >= v.from - SNAP && h.at <= v.to + SNAP;
            if meet {
                let (a, b) = (root(&mut parent, i), root(&mut parent, horizontal.len() + j));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut found: Vec<(usize, Lattice)> = Vec::new();
    for i in 0..count {
        let home = root(&mut parent, i);
        let place = match found.iter().position(|(r, _)| *r == home) {
            Some(place) => place,
            None => {
                found.push((home, Lattice::default()));
                found.len() - 1
            }
        };
        let lattice = &mut found[place].1;
        if i < horizontal.len() {
            lattice.horizontal.push(horizontal[i]);
        } else {
            lattice.vertical.push(vertical[i - horizontal.len()]);
        }
    }
    let mut alone = Vec::new();
    let mut out = Vec::new();
    for (_, mut lattice) in found {
        if lattice.vertical.is_empty() {
            alone.extend(lattice.horizontal);
        } else if !lattice.horizontal.is_empty() {
            lattice.measure();
            out.push(lattice);
        }
    }
    alone.sort_by(|a, b| a.at.total_cmp(&b.at));
    (out, alone)
}

/// Distinct positions; close ones become one at their mean.
fn positions(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let mut out: Vec<(f32, f32, u32)> = Vec::new();
    for v in values {
        match out.last_mut() {
            Some((last, sum, n)) if v - *last <= SNAP => {
                *last = v;
                *sum += v;
                *n += 1;
            }
            _ => out.push((v, v, 1)),
        }
    }
    out.into_iter().map(|(_, sum, n)| sum / n as f32).collect()
}

impl Lattice {
    /// Column and row positions. Where lines run on beyond the outermost crossing line, the end of the lines
    /// is a border too: many tables have no line at their sides.
    fn measure(&mut self) {
        let mut xs = positions(self.vertical.iter().map(|s| s.at).collect());
        let mut ys = positions(self.horizontal.iter().map(|s| s.at).collect());
        let extent = |strokes: &[Stroke]| {
            let from = strokes.iter().map(|s| s.from).fold(f32::INFINITY, f32::min);
            let to = strokes.iter().map(|s| s.to).fold(f32::NEG_INFINITY, f32::max);
            (from, to)
        };
        let (left, right) = extent(&self.horizontal);
        let (top, bottom) = extent(&self.vertical);
        for (list, low, high) in [(&mut xs, left, right), (&mut ys, top, bottom)] {
            if list.first().is_some_and(|f| low < f - 8.0) {
                list.insert(0, low);
            }
            if list.last().is_some_and(|l| high > l + 8.0) {
                list.push(high);
            }
        }
        self.xs = xs;
        self.ys = ys;
    }

    pub fn bbox(&self) -> Rect {
        let ends = |list: &[f32]| (list.first().copied().unwrap_or(0.0), list.last().copied().unwrap_or(0.0));
        let ((x0, x1), (y0, y1)) = (ends(&self.xs), ends(&self.ys));
        Rect { x0, y0, x1, y1 }
    }

    /// Whether a line is drawn at `xs[column]` beside row `row`.
    pub fn border_left_of(&self, column: usize, row: usize) -> bool {
        drawn(&self.vertical, self.xs[column], self.ys[row], self.ys[row + 1])
    }

    /// Whether a line is drawn at `ys[row]` above column `column`.
    pub fn border_above(&self, row: usize, column: usize) -> bool {
        drawn(&self.horizontal, self.ys[row], self.xs[column], self.xs[column + 1])
    }
}

/// Whether strokes at `at` cover most of the way.
pub fn drawn(strokes: &[Stroke], at: f32, from: f32, to: f32) -> bool {
    let covered: f32 = strokes
        .iter()
        .filter(|s| (s.at - at).abs() <= SNAP)
        .map(|s| (s.to.min(to) - s.from.max(from)).max(0.0))
        .sum();
    covered >= 0.6 * (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::ruling;

    #[test]
    fn lines_that_text_is_set_over_are_no_rules() {
        let stroke = |at: f32| Stroke { at, from: 0.0, to: 100.0 };
        // Five words under one another, ten points high and forty wide, from 10 to 50.
        let words: Vec<Rect> =
            (0..5).map(|i| Rect::new(10.0, i as f32 * 20.0, 50.0, i as f32 * 20.0 + 10.0)).collect();
        let kept = |at: &[f32], vertical: bool, words: &[Rect]| -> Vec<f32> {
            let mut strokes: Vec<Stroke> = at.iter().map(|at| stroke(*at)).collect();
            drop_ground(&mut strokes, vertical, words);
            strokes.iter().map(|s| s.at).collect()
        };
        assert_eq!(kept(&[5.0, 30.0, 55.0], true, &words), [5.0, 55.0]);
        // A word or two that stick out of their cells condemn no rule.
        assert_eq!(kept(&[30.0], true, &words[..2]), [30.0]);
        // The rest of a pattern goes with it.
        assert!(kept(&[5.0, 20.0, 30.0, 40.0, 55.0], true, &words).is_empty());
        let level: Vec<Rect> =
            (0..4).map(|i| Rect::new(i as f32 * 25.0, 40.0, i as f32 * 25.0 + 20.0, 50.0)).collect();
        assert_eq!(kept(&[39.0, 45.0, 51.0], false, &level), [39.0, 51.0]);
    }

    #[test]
    fn pieces_become_lines_and_lines_a_lattice() {
        let rulings = [
            ruling(10.0, 10.0, 60.0, 10.0),
            ruling(61.0, 10.4, 110.0, 10.4),
            ruling(10.0, 40.0, 110.0, 40.0),
            ruling(50.0, 10.0, 50.0, 40.0),
            ruling(300.0, 10.0, 400.0, 10.0),
        ];
        let (h, v) = strokes(&rulings, &Rect::new(0.0, 0.0, 600.0, 800.0));
        assert_eq!((h.len(), v.len()), (3, 1));
        let (found, alone) = lattices(&h, &v);
        assert_eq!(alone.len(), 1);
        assert_eq!(found[0].xs, [10.0, 50.0, 110.0]);
        assert!(found[0].border_left_of(1, 0) && !found[0].border_left_of(0, 0));
    }
}
