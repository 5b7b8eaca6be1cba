//! Straight horizontal and vertical lines out of paths. In: the steps of paths. Out: rulings, with the
//! pieces that producers cut lines into (dashes, cell borders) joined again. Pure geometry.

use crate::pdfium::Segment;
use pagemill_document::{Rect, Ruling};

/// A subpath on the page as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Corner points and, for curves, the points of their hull.
    pub points: Vec<(f32, f32)>,
    pub bbox: Rect,
    /// Area of the polygon through the points, in square points.
    pub area: f32,
}

/// The subpaths of a path, mapped by `place`. A closed one ends where it began.
pub fn outlines(steps: &[Segment], place: impl Fn(f32, f32) -> (f32, f32)) -> Vec<Outline> {
    let mut found = Vec::new();
    let mut points: Vec<(f32, f32)> = Vec::new();
    for step in steps {
        match *step {
            Segment::Move(x, y) => {
                found.extend(outline(std::mem::take(&mut points)));
                points.push(place(x, y));
            }
            Segment::Line(x, y) | Segment::Curve(x, y) => points.push(place(x, y)),
            Segment::Close => {
                if let (Some(&first), Some(&last)) = (points.first(), points.last())
                    && first != last
                {
                    points.push(first);
                }
            }
        }
    }
    found.extend(outline(points));
    found
}

fn outline(points: Vec<(f32, f32)>) -> Option<Outline> {
    let boxes = points.iter().map(|&(x, y)| Rect::new(x, y, x, y));
    let bbox = boxes.reduce(|a, b| a.union(&b)).filter(|_| points.len() > 1)?;
    // The shoelace formula; the last point joins the first.
    let twice: f32 = points
        .iter()
        .zip(points.iter().cycle().skip(1))
        .map(|(a, b)| (a.0 - bbox.x0) * (b.1 - bbox.y0) - (b.0 - bbox.x0) * (a.1 - bbox.y0))
        .sum();
    Some(Outline { points, bbox, area: twice.abs() / 2.0 })
}

/// A piece of a straight line along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub horizontal: bool,
    /// y of a horizontal line, x of a vertical one.
    pub position: f32,
    pub from: f32,
    pub to: f32,
    pub thickness: f32,
}

impl Stroke {
    /// The line between two points, where it runs along an axis.
    pub fn of_line(a: (f32, f32), b: (f32, f32), thickness: f32) -> Option<Self> {
        /// Deviation over the whole length that still passes for straight.
        const SLANT_POINTS: f32 = 0.6;
        /// Strokes thicker than this are areas.
        const MAX_THICKNESS: f32 = 6.0;
        let (dx, dy) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
        if thickness > MAX_THICKNESS || dx.max(dy) <= 0.0 {
            return None;
        }
        if dy <= SLANT_POINTS && dx > dy * 8.0 {
            let position = (a.1 + b.1) / 2.0;
            return Some(Self {
                horizontal: true,
                position,
                from: a.0.min(b.0),
                to: a.0.max(b.0),
                thickness,
            });
        }
        if dx <= SLANT_POINTS && dy > dx * 8.0 {
            let position = (a.0 + b.0) / 2.0;
            return Some(Self {
                horizontal: false,
                position,
                from: a.1.min(b.1),
                to: a.1.max(b.1),
                thickness,
            });
        }
        None
    }

    /// The line that a thin box is.
    pub fn of_rect(r: &Rect) -> Self {
        let (x, y) = r.center();
        if r.width() >= r.height() {
            Self { horizontal: true, position: y, from: r.x0, to: r.x1, thickness: r.height() }
        } else {
            Self { horizontal: false, position: x, from: r.y0, to: r.y1, thickness: r.width() }
        }
    }

    /// The part within a box.
    pub fn within(self, r: &Rect) -> Option<Self> {
        let (across, along) =
            if self.horizontal { ((r.y0, r.y1), (r.x0, r.x1)) } else { ((r.x0, r.x1), (r.y0, r.y1)) };
        let (from, to) = (self.from.max(along.0), self.to.min(along.1));
        (self.position >= across.0 && self.position <= across.1 && from < to).then_some(Self {
            from,
            to,
            ..self
        })
    }

    fn ruling(&self) -> Ruling {
        let half = self.thickness / 2.0;
        let (low, high) = (self.position - half, self.position + half);
        let bbox = if self.horizontal {
            Rect { x0: self.from, y0: low, x1: self.to, y1: high }
        } else {
            Rect { x0: low, y0: self.from, x1: high, y1: self.to }
        };
        Ruling { bbox, thickness: self.thickness, horizontal: self.horizontal }
    }
}

/// Joins pieces on one line that touch or nearly touch, and drops what is too short to rule anything.
pub fn join(mut strokes: Vec<Stroke>) -> Vec<Ruling> {
    /// Pieces this close across are on one line.
    const SAME_LINE_POINTS: f32 = 0.8;
    /// Gaps up to this are those of dashes and dots.
    const GAP_POINTS: f32 = 2.5;
    const MIN_LENGTH_POINTS: f32 = 4.0;
    /// Far beyond the largest page there can be; what lies farther away, or is no number, cannot be reckoned with.
    const FARTHEST_POINTS: f32 = 1.0e7;
    let within = |v: f32| v.abs() <= FARTHEST_POINTS;
    strokes.retain(|s| [s.position, s.from, s.to, s.thickness].into_iter().all(within));
    strokes.sort_by(|a, b| {
        b.horizontal
            .cmp(&a.horizontal)
            .then(a.position.total_cmp(&b.position))
            .then(a.from.total_cmp(&b.from))
            .then(a.to.total_cmp(&b.to))
    });
    let mut joined: Vec<Stroke> = Vec::new();
    let mut rest = strokes.as_slice();
    while let Some(first) = rest.first() {
        // The pieces of one line: a run of positions no further apart than the tolerance from the first.
        let end = rest
            .iter()
            .position(|s| s.horizontal != first.horizontal || s.position - first.position > SAME_LINE_POINTS)
            .unwrap_or(rest.len());
        let mut line = rest[..end].to_vec();
        rest = &rest[end..];
        line.sort_by(|a, b| a.from.total_cmp(&b.from));
        let start = joined.len();
        for piece in line {
            match joined[start..].last_mut() {
                Some(last) if piece.from - last.to <= GAP_POINTS => {
                    let (long, short) = (last.to - last.from, piece.to - piece.from);
                    let weight = long.max(0.01) / (long.max(0.01) + short.max(0.0));
                    last.position = last.position * weight + piece.position * (1.0 - weight);
                    last.to = last.to.max(piece.to);
                    last.thickness = last.thickness.max(piece.thickness);
                }
                _ => joined.push(piece),
            }
        }
    }
    joined.iter().filter(|s| s.to - s.from >= MIN_LENGTH_POINTS).map(Stroke::ruling).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines given as (x0, y0, x1, y1), rulings shown as "h y from-to" or "v x from-to".
    fn check(lines: &[(f32, f32, f32, f32)], expected: &[&str]) {
        let strokes =
            lines.iter().filter_map(|&(x0, y0, x1, y1)| Stroke::of_line((x0, y0), (x1, y1), 1.0)).collect();
        let shown: Vec<String> = join(strokes)
            .iter()
            .map(|r| {
                let (x, y) = r.bbox.center();
                if r.horizontal {
                    format!("h {y:.0} {:.0}-{:.0}", r.bbox.x0, r.bbox.x1)
                } else {
                    format!("v {x:.0} {:.0}-{:.0}", r.bbox.y0, r.bbox.y1)
                }
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn pieces_join_to_lines() {
        check(&[(0.0, 10.0, 50.0, 10.0), (50.0, 10.2, 100.0, 10.2)], &["h 10 0-100"]);
        check(&[(100.0, 10.0, 60.0, 10.0), (0.0, 10.0, 50.0, 10.0)], &["h 10 0-50", "h 10 60-100"]);
        check(&[(5.0, 0.0, 5.0, 2.0), (5.0, 4.0, 5.0, 6.0), (5.0, 8.0, 5.0, 10.0)], &["v 5 0-10"]);
        check(&[(0.0, 0.0, 30.0, 30.0), (0.0, 0.0, 2.0, 0.0)], &[]);
        check(&[(0.0, 10.0, 50.0, 10.0), (0.0, 13.0, 50.0, 13.0)], &["h 10 0-50", "h 13 0-50"]);
    }

    #[test]
    fn lines_beyond_all_measure_are_dropped() {
        check(&[(-2.0e38, 10.0, 2.0e38, 10.0), (0.0, 20.0, 50.0, 20.0)], &["h 20 0-50"]);
        let thick = Stroke { horizontal: true, position: 10.0, from: 0.0, to: 50.0, thickness: f32::NAN };
        assert_eq!(join(vec![thick]), []);
    }

    #[test]
    fn closed_paths_end_where_they_began() {
        let steps = [
            Segment::Move(0.0, 0.0),
            Segment::Line(10.0, 0.0),
            Segment::Line(10.0, 5.0),
            Segment::Line(0.0, 5.0),
            Segment::Close,
        ];
        let found = outlines(&steps, |x, y| (x, y));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].area, found[0].points.len(), found[0].bbox),
            (50.0, 5, Rect::new(0.0, 0.0, 10.0, 5.0))
        );
    }
}
