//! How a page lies: the small angle of its lines of text, and whether they run across or along it. By
//! projection profiles: the sharper the sum of ink over each line, the better the angle
//! (W. Postl, "Detection of linear oblique structures and skew scan in digitized documents", 1986), taken
//! over the lower edges of ink only, which lie on baselines.

use super::Grey;
use super::tone::otsu;

/// How lines of text run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lay {
    /// Across the page, upright or upside down.
    Across,
    /// Along the page: it is turned by a quarter.
    Along,
    /// Too little ink to tell.
    Unclear,
}

/// Angles looked at, in degrees to either side.
const MAX_DEGREES: f32 = 5.0;
const COARSE_STEP: f32 = 0.5;
const FINE_STEP: f32 = 0.05;
/// Edges are looked for in an image about this wide or high, whichever is larger.
const WORKING_SIDE: usize = 1100;
/// With fewer edge points there is no text to judge.
const MIN_POINTS: usize = 300;

/// Degrees by which lines of text rise to the right (counter-clockwise is positive); 0 where unclear.
pub fn skew_degrees(image: &Grey) -> f32 {
    let points = Edges::of(image).lower;
    if points.len() < MIN_POINTS {
        return 0.0;
    }
    let coarse = best((-10..=10).map(|i| i as f32 * COARSE_STEP), &points);
    let fine = best((-10..=10).map(|i| coarse + i as f32 * FINE_STEP), &points);
    // A maximum at the end of the range is no maximum.
    if fine.abs() > MAX_DEGREES - 0.1 { 0.0 } else { fine }
}

/// Whether lines run across the page or along it.
pub fn lay(image: &Grey) -> Lay {
    /// How much sharper one way must be: pages of forms and drawings are sharp both ways.
    const RATIO: f32 = 1.25;
    let edges = Edges::of(image);
    if edges.lower.len() < MIN_POINTS || edges.right.len() < MIN_POINTS {
        return Lay::Unclear;
    }
    let peak = |points: &[(f32, f32)]| {
        (-6..=6).map(|i| sharpness(i as f32 * COARSE_STEP, points)).fold(0.0, f32::max)
    };
    let (across, along) = (peak(&edges.lower), peak(&edges.right));
    if along > across * RATIO {
        Lay::Along
    } else if across > along * RATIO {
        Lay::Across
    } else {
        Lay::Unclear
    }
}

fn best(angles: impl Iterator<Item = f32>, points: &[(f32, f32)]) -> f32 {
    angles
        .map(|angle| (angle, sharpness(angle, points)))
        // Of equals the smaller angle.
        .fold((0.0f32, f32::MIN), |best, now| {
            let better = now.1 > best.1 * 1.0001 || (now.1 >= best.1 && now.0.abs() < best.0.abs());
            if better { now } else { best }
        })
        .0
}

/// How unevenly points gather on lines of that angle: mean square over squared mean of the profile.
fn sharpness(degrees: f32, points: &[(f32, f32)]) -> f32 {
    let slope = degrees.to_radians().tan();
    // y grows downwards: a line that rises to the right keeps y + x tan constant.
    let at = |&(x, y): &(f32, f32)| y + x * slope;
    let low = points.iter().map(at).fold(f32::MAX, f32::min);
    let high = points.iter().map(at).fold(f32::MIN, f32::max);
    let bins = (high - low) as usize + 1;
    let mut profile = vec![0f32; bins];
    for point in points {
        profile[((at(point) - low) as usize).min(bins - 1)] += 1.0;
    }
    let squares: f32 = profile.iter().map(|n| n * n).sum();
    let mean = points.len() as f32 / bins as f32;
    squares / bins as f32 / (mean * mean).max(1e-6)
}

/// Ends of strokes: below, and to the right (as points with x and y exchanged).
struct Edges {
    lower: Vec<(f32, f32)>,
    right: Vec<(f32, f32)>,
}

impl Edges {
    fn of(image: &Grey) -> Self {
        let factor = (image.width.max(image.height) / WORKING_SIDE).max(1);
        let small = image.shrunk(factor);
        let threshold = otsu(&small.histogram());
        let ink = |x: usize, y: usize| small.data[y * small.width + x] <= threshold;
        let (mut lower, mut right) = (Vec::new(), Vec::new());
        // The rim of a scan shows the edge of the paper.
        let rim = (small.width.min(small.height) / 40).max(1);
        for y in rim..small.height.saturating_sub(rim) {
            for x in rim..small.width.saturating_sub(rim) {
                if !ink(x, y) {
                    continue;
                }
                if !ink(x, y + 1) {
                    lower.push((x as f32, y as f32));
                }
                if !ink(x + 1, y) {
                    right.push((y as f32, x as f32));
                }
            }
        }
        Self { lower, right }
    }
}

#[cfg(test)]
mod tests {
    use super::super::turn;
    use super::*;

    /// Lines of "words" with gaps of varying width.
    fn page() -> Grey {
        let mut image = Grey::new(800, 1000, 255);
        for line in 0..30 {
            let y = 60 + line * 30;
            let mut x = 60;
            let mut word = line * 7;
            while x < 700 {
                let width = 25 + (word * 37) % 60;
                for dy in 0..12 {
                    for dx in 0..width.min(740 - x) {
                        if (dx / 3) % 2 == 0 {
                            image.data[(y + dy) * 800 + x + dx] = 0;
                        }
                    }
                }
                x += width + 10;
                word += 1;
            }
        }
        image
    }

    fn check(degrees: f32) {
        let turned = turn::rotated(&page(), degrees);
        let found = skew_degrees(&turned);
        assert!((found - degrees).abs() <= 0.15, "turned by {degrees}, found {found}");
    }

    #[test]
    fn skew_is_found() {
        [0.0, 0.7, -1.3, 2.0, -4.2].into_iter().for_each(check);
    }

    #[test]
    fn a_quarter_turn_is_found() {
        assert_eq!(lay(&page()), Lay::Across);
        assert_eq!(lay(&turn::quarter_turned(&page(), 1)), Lay::Along);
        assert_eq!(lay(&Grey::new(500, 500, 255)), Lay::Unclear);
    }
}
