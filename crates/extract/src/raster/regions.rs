//! Regions of running text on a page image, by recursive cuts through white (the XY cut of G. Nagy and
//! S. Seth, "Hierarchical representation of optically scanned documents", 1984) over pieces of ink. In: a
//! straight, clean image. Out: boxes in reading order, columns apart, pictures left out.

use super::Grey;
use super::components::{Component, components, letter_height};
use super::tone::otsu;

/// A box of text in pixels; `x1` and `y1` lie outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub x0: u32,
    pub y0: u32,
    pub x1: u32,
    pub y1: u32,
}

impl Region {
    pub fn width(&self) -> u32 {
        self.x1 - self.x0
    }

    pub fn height(&self) -> u32 {
        self.y1 - self.y0
    }

    /// The box around two boxes.
    pub fn union(&self, other: &Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Whether two boxes share a pixel or an edge.
    pub fn touches(&self, other: &Self) -> bool {
        self.x0 <= other.x1 && other.x0 <= self.x1 && self.y0 <= other.y1 && other.y0 <= self.y1
    }

    fn around(pieces: &[Component]) -> Option<Self> {
        let boxes = pieces.iter().map(|c| Self { x0: c.x0, y0: c.y0, x1: c.x1, y1: c.y1 });
        boxes.reduce(|a, b| a.union(&b))
    }
}

/// A white lane between columns is at least this many letter heights wide.
const LANE_HEIGHTS: f32 = 1.6;
/// White between blocks is at least this many letter heights high.
const BREAK_HEIGHTS: f32 = 1.8;
/// A lane counts between columns at least this many letter heights high: two lines.
const MIN_COLUMN_HEIGHTS: f32 = 3.0;
const MAX_DEPTH: u32 = 12;

/// Cuts a page into regions of text; the whole page where its letters cannot be made out.
pub fn regions(image: &Grey) -> Vec<Region> {
    Ink::of(image).regions()
}

/// The ink of a page that may be text.
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    pieces: Vec<Component>,
    /// Photographs and drawings.
    pub pictures: Vec<Region>,
    /// Height of most letters in pixels; `None` where there is too little ink to tell.
    pub letter_height: Option<u32>,
    whole: Region,
}

impl Ink {
    /// Finds the ink of a clean image.
    pub fn of(image: &Grey) -> Self {
        let mut pieces = components(image, otsu(&image.histogram()));
        let letter_height = letter_height(&pieces);
        let mut pictures = Vec::new();
        if let Some(letter) = letter_height {
            pictures = self::pictures(&pieces, letter);
            pieces.retain(|c| may_be_text(c, letter));
        }
        let whole = Region { x0: 0, y0: 0, x1: image.width as u32, y1: image.height as u32 };
        Self { pieces, pictures, letter_height, whole }
    }

    /// All of the page.
    pub fn whole(&self) -> Region {
        self.whole
    }

    /// Regions of text; the whole page where its letters cannot be made out.
    pub fn regions(&self) -> Vec<Region> {
        let found = self.cut(self.pieces.clone());
        if found.is_empty() { vec![self.whole] } else { found }
    }

    /// Pieces the size of letters within a box.
    pub fn letters_in(&self, r: &Region) -> usize {
        let Some(letter) = self.letter_height else { return 0 };
        let inside = |c: &Component| c.x0 >= r.x0 && c.x1 <= r.x1 && c.y0 >= r.y0 && c.y1 <= r.y1;
        let sized =
            |c: &Component| 2 * c.height() >= letter && c.height() <= 2 * letter && c.width() <= 3 * letter;
        self.pieces.iter().filter(|c| inside(c) && sized(c)).count()
    }

    /// Regions of ink that looks like text outside all of `read` (the words already found), by lines of
    /// several letters: single marks are dirt more often than text.
    pub fn regions_outside(&self, read: &[Region]) -> Vec<Region> {
        const MIN_LETTERS: usize = 4;
        let Some(letter) = self.letter_height else { return Vec::new() };
        let bands = Bands::of(read, letter);
        let left: Vec<Component> =
            self.pieces.iter().copied().filter(|c| 2 * c.height() >= letter && !bands.hold(c)).collect();
        let pieces = left.clone();
        self.cut(left)
            .into_iter()
            .filter(|r| {
                let inside =
                    pieces.iter().filter(|c| c.x0 >= r.x0 && c.x1 <= r.x1 && c.y0 >= r.y0 && c.y1 <= r.y1);
                inside.count() >= MIN_LETTERS && r.width() >= 2 * letter
            })
            .collect()
    }

    fn cut(&self, mut pieces: Vec<Component>) -> Vec<Region> {
        let Some(letter) = self.letter_height else { return Vec::new() };
        let mut found = Vec::new();
        cut(&mut pieces, letter as f32, 0, &mut found);
        let pad = letter / 2 + 2;
        found
            .iter()
            .map(|r| Region {
                x0: r.x0.saturating_sub(pad),
                y0: r.y0.saturating_sub(pad),
                x1: (r.x1 + pad).min(self.whole.x1),
                y1: (r.y1 + pad).min(self.whole.y1),
            })
            .collect()
    }
}

/// Boxes by the bands of the page that they cross, to ask quickly what lies in them.
struct Bands<'r> {
    height: u32,
    bands: Vec<Vec<&'r Region>>,
}

impl<'r> Bands<'r> {
    fn of(boxes: &'r [Region], letter: u32) -> Self {
        let height = (letter * 4).max(1);
        let mut bands: Vec<Vec<&Region>> = Vec::new();
        for r in boxes {
            let last = (r.y1 / height) as usize;
            if bands.len() <= last {
                bands.resize_with(last + 1, Vec::new);
            }
            for band in &mut bands[(r.y0 / height) as usize..=last] {
                band.push(r);
            }
        }
        Self { height, bands }
    }

    /// Whether the middle of a piece lies in one of the boxes.
    fn hold(&self, c: &Component) -> bool {
        let (x, y) = ((c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2);
        let band = self.bands.get((y / self.height) as usize);
        band.is_some_and(|boxes| boxes.iter().any(|r| x >= r.x0 && x <= r.x1 && y >= r.y0 && y <= r.y1))
    }
}

/// Letters, words that touch, and dots; neither specks nor rules nor pictures.
fn may_be_text(c: &Component, letter: u32) -> bool {
    let speck = c.width().max(c.height()) * 5 < letter;
    let picture = c.height() > 7 * letter;
    let rule = c.width() > 12 * letter && c.height() * 2 < letter
        || c.height() > 5 * letter && c.width() * 2 < letter;
    !(speck || picture || rule)
}

/// Boxes of large pieces of ink, those that overlap taken together.
fn pictures(pieces: &[Component], letter: u32) -> Vec<Region> {
    /// In letter heights.
    const SMALLEST: u32 = 7;
    /// What has less ink in its box is a frame or a curve around text.
    const INK_SHARE: f32 = 0.15;
    /// Pictures beyond this many are dirt.
    const MOST: usize = 100;
    let large = |c: &&Component| {
        let area = (c.width() * c.height()).max(1) as f32;
        c.width().min(c.height()) > SMALLEST * letter && c.ink as f32 > INK_SHARE * area
    };
    let mut out: Vec<Region> = Vec::new();
    for piece in pieces.iter().filter(large).take(MOST) {
        let mut own = Region { x0: piece.x0, y0: piece.y0, x1: piece.x1, y1: piece.y1 };
        while let Some(i) = out.iter().position(|r| r.touches(&own)) {
            own = own.union(&out.swap_remove(i));
        }
        out.push(own);
    }
    out.sort_by_key(|r| (r.y0, r.x0));
    out
}

fn cut(pieces: &mut [Component], letter: f32, depth: u32, found: &mut Vec<Region>) {
    let Some(region) = Region::around(pieces) else { return };
    if depth < MAX_DEPTH {
        let tall = region.height() as f32 >= MIN_COLUMN_HEIGHTS * letter;
        let lane =
            widest_gap(pieces, |c| (c.x0, c.x1)).filter(|gap| tall && gap.width() >= LANE_HEIGHTS * letter);
        let line = widest_gap(pieces, |c| (c.y0, c.y1)).filter(|gap| gap.width() >= BREAK_HEIGHTS * letter);
        let split = match (lane, line) {
            // Columns first, unless the white across is wider still: a title over its columns.
            (Some(lane), Some(line)) if line.width() > 1.5 * lane.width() => Some((line, false)),
            (Some(lane), _) => Some((lane, true)),
            (None, Some(line)) => Some((line, false)),
            (None, None) => None,
        };
        if let Some((gap, upright)) = split {
            let at = |c: &Component| if upright { c.x0 } else { c.y0 };
            pieces.sort_by_key(at);
            let first = pieces.partition_point(|c| at(c) < gap.to);
            let (before, after) = pieces.split_at_mut(first);
            cut(before, letter, depth + 1, found);
            cut(after, letter, depth + 1, found);
            return;
        }
    }
    // Crumbs are not text.
    let ink: u32 = pieces.iter().map(|c| c.ink).sum();
    if region.height() as f32 >= 0.6 * letter && ink as f32 >= letter {
        found.push(region);
    }
}

/// White between pieces along one axis.
#[derive(Clone, Copy)]
struct Gap {
    from: u32,
    to: u32,
}

impl Gap {
    fn width(&self) -> f32 {
        (self.to - self.from) as f32
    }
}

/// The widest stretch that no piece covers.
fn widest_gap(pieces: &mut [Component], span: impl Fn(&Component) -> (u32, u32)) -> Option<Gap> {
    pieces.sort_by_key(|c| span(c).0);
    let mut end = span(pieces.first()?).1;
    let mut widest: Option<Gap> = None;
    for piece in pieces.iter() {
        let (from, to) = span(piece);
        if from > end && widest.is_none_or(|gap| from - end > gap.to - gap.from) {
            widest = Some(Gap { from: end, to: from });
        }
        end = end.max(to);
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of letters 8 x 10, spaced as text is; expected are the number of regions and their order by
    /// their left upper corners.
    fn check(blocks: &[(usize, usize, usize, usize)], expected: &[(u32, u32)]) {
        let mut image = Grey::new(1000, 1000, 255);
        for &(x0, y0, x1, y1) in blocks {
            for y in (y0..y1).step_by(18) {
                for x in (x0..x1).step_by(11) {
                    for dy in 0..10 {
                        image.data[(y + dy) * 1000 + x..][..8].fill(0);
                    }
                }
            }
        }
        let corners: Vec<_> = regions(&image).iter().map(|r| (r.x0 + 7, r.y0 + 7)).collect();
        assert_eq!(corners, expected);
    }

    #[test]
    fn columns_part() {
        check(&[(100, 100, 900, 900)], &[(100, 100)]);
        check(&[(100, 200, 480, 900), (520, 200, 900, 900)], &[(100, 200), (520, 200)]);
        check(
            &[(100, 50, 900, 70), (100, 200, 480, 900), (520, 200, 900, 900)],
            &[(100, 50), (100, 200), (520, 200)],
        );
    }

    #[test]
    fn what_was_read_is_left_out() {
        let mut image = Grey::new(600, 600, 255);
        for y in [100, 118, 400, 418] {
            for x in (100..400).step_by(11) {
                for dy in 0..10 {
                    image.data[(y + dy) * 600 + x..][..8].fill(0);
                }
            }
        }
        let read = [Region { x0: 90, y0: 90, x1: 410, y1: 140 }];
        let outside = Ink::of(&image).regions_outside(&read);
        assert_eq!(outside.len(), 1);
        assert!(outside[0].y0 > 380 && outside[0].y1 < 450, "{outside:?}");
    }
}
