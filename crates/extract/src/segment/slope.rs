//! Text that runs slightly uphill or downhill, as on scans that went in askew and carry a text layer. In: an
//! upright page. Out: the page with its lines level, and the way back for boxes. A page shears by half a line
//! over a column's width at one degree, and then neither lines nor columns can be told by their heights.

use super::line::{core, em, is_sideways};
use super::upright::Turn;
use pagemill_document::{Page, Rect, Word};

/// Fewer lines than this do not tell how a page lies.
const FEWEST_LINES: usize = 8;
/// Words that a line has at least to be measured.
const FEWEST_WORDS: usize = 4;
/// Rise over run that moves no line out of its place: a point over the width of a page.
const LEVEL: f32 = 0.002;
/// Beyond this (some seven degrees) text is set aslant on purpose.
const STEEPEST: f32 = 0.12;

/// How a page lay before it was read: turned by quarters, then askew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub turn: Turn,
    /// Fall of a line over its run, y down; 0 where lines are level.
    pub slope: f32,
}

impl Pose {
    /// From the page as read back to the page as shown: the box around what the box becomes.
    pub fn undo(&self, b: &Rect) -> Rect {
        let (s, scale) = (self.slope, 1.0 + self.slope * self.slope);
        let back = |x: f32, y: f32| ((x - s * y) / scale, (y + s * x) / scale);
        let corners = [back(b.x0, b.y0), back(b.x1, b.y0), back(b.x0, b.y1), back(b.x1, b.y1)];
        let around = |a: Rect, c: &(f32, f32)| a.union(&Rect::new(c.0, c.1, c.0, c.1));
        let first = Rect::new(corners[0].0, corners[0].1, corners[0].0, corners[0].1);
        self.turn.undo(&corners.iter().fold(first, around))
    }
}

/// Makes the lines of an upright page level.
pub fn level((mut page, turn): (Page, Turn)) -> (Page, Pose) {
    // Whoever recognised the page measured it on its pixels. Lines that rise to the right have a negative fall.
    let slope =
        if page.skew_degrees == 0.0 { slope(&page.words) } else { -page.skew_degrees.to_radians().tan() };
    if slope == 0.0 {
        return (page, Pose { turn, slope });
    }
    // A turn by a small angle: what lies right comes up, and the edges of columns come upright.
    let moved = |b: &Rect| {
        let (x, y) = b.center();
        let (right, down) = (slope * y, -slope * x);
        Rect { x0: b.x0 + right, y0: b.y0 + down, x1: b.x1 + right, y1: b.y1 + down }
    };
    for word in page.words.iter_mut().filter(|w| !is_sideways(w)) {
        // The box around a slanted word holds its rise as well.
        if word.angle != 0 {
            let rise = (word.bbox.width() * slope.abs() / 2.0).min(word.bbox.height() * 0.4);
            word.bbox = Rect { y0: word.bbox.y0 + rise, y1: word.bbox.y1 - rise, ..word.bbox };
            word.baseline = word.bbox.y1 - word.bbox.height() * 0.2;
            word.angle = 0;
        }
        let before = word.bbox.y0;
        word.bbox = moved(&word.bbox);
        word.baseline += word.bbox.y0 - before;
    }
    page.rulings.iter_mut().for_each(|r| r.bbox = moved(&r.bbox));
    page.fills.iter_mut().for_each(|f| f.bbox = moved(&f.bbox));
    page.images.iter_mut().for_each(|i| i.bbox = moved(&i.bbox));
    (page, Pose { turn, slope })
}

/// The fall that most lines share, 0 where they do not or where they are level.
fn slope(words: &[Word]) -> f32 {
    let mut falls: Vec<f32> = lines(words).filter_map(|line| fall(&line)).collect();
    if falls.len() < FEWEST_LINES {
        return 0.0;
    }
    let middle = median(&mut falls);
    let mut off: Vec<f32> = falls.iter().map(|f| (f - middle).abs()).collect();
    let shared = median(&mut off) < middle.abs();
    if shared && (LEVEL..STEEPEST).contains(&middle.abs()) { middle } else { 0.0 }
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Words that follow one another on the page and in the stream, as a text layer writes them.
fn lines(words: &[Word]) -> impl Iterator<Item = Vec<&Word>> {
    let mut out: Vec<Vec<&Word>> = Vec::new();
    for word in words.iter().filter(|w| !is_sideways(w)) {
        let follows = out.last().and_then(|line| line.last()).is_some_and(|last| {
            let (gap, size) = (word.bbox.x0 - last.bbox.x1, em(last));
            gap > -0.3 * size
                && gap < 1.5 * size
                && (height(word) - height(last)).abs() < 0.5 * size
                && (0.8..1.25).contains(&(em(word) / size))
        });
        match out.last_mut() {
            Some(line) if follows => line.push(word),
            _ => out.push(vec![word]),
        }
    }
    out.into_iter().filter(|line| line.len() >= FEWEST_WORDS)
}

/// Where a word stands: on its baseline, in the middle of its box where that is slanted.
fn height(word: &Word) -> f32 {
    if word.angle == 0 { core(word).y1 } else { word.bbox.center().1 }
}

/// Fall over run of a line, by least squares.
fn fall(line: &[&Word]) -> Option<f32> {
    let count = line.len() as f32;
    let x = line.iter().map(|w| w.bbox.center().0).sum::<f32>() / count;
    let y = line.iter().map(|w| height(w)).sum::<f32>() / count;
    let (mut across, mut square) = (0.0, 0.0);
    for word in line {
        let dx = word.bbox.center().0 - x;
        across += dx * (height(word) - y);
        square += dx * dx;
    }
    (square > 0.0).then(|| across / square).filter(|f| f.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{page, text_line};

    #[test]
    fn lines_of_a_page_that_lies_askew_become_level() {
        let words = |slope: f32| {
            let mut words: Vec<Word> = (0..10)
                .flat_map(|i| text_line("one two three four five six", 50.0, 100.0 + 12.0 * i as f32, 10.0))
                .collect();
            for word in &mut words {
                let by = slope * word.bbox.center().0;
                word.bbox = Rect { y0: word.bbox.y0 + by, y1: word.bbox.y1 + by, ..word.bbox };
                word.baseline += by;
            }
            words
        };
        let heights = |page: &Page| page.words.iter().map(|w| w.baseline.round() as i32).collect::<Vec<_>>();
        let straight = level((page(words(0.0)), Turn::None)).0;
        let (levelled, pose) = level((page(words(0.03)), Turn::None));
        assert!((pose.slope - 0.03).abs() < 0.001);
        assert_eq!(heights(&levelled), heights(&straight));
        let (own, back) = (words(0.03)[5].bbox, pose.undo(&levelled.words[5].bbox));
        assert!(back.grown(0.5).intersection(&own).area() > own.area() * 0.98, "{own:?} {back:?}");
        // Steps of one pixel are no slope.
        let ragged: Vec<Word> = words(0.0)
            .into_iter()
            .enumerate()
            .map(|(i, w)| Word { baseline: w.baseline + (i % 2) as f32 * 0.24, ..w })
            .collect();
        assert_eq!(level((page(ragged), Turn::None)).1.slope, 0.0);
    }
}
