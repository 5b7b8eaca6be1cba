//! Straight lines drawn on a page image: frames and rules of tables, underlines. In: a straight, clean image. Out: the
//! lines, and the image without them, for layout analysis takes a grid for a picture and drops what stands in it. By
//! runs of ink much longer than strokes of letters, joined from row to row; letters that touch a line keep their ink.

use super::Grey;
use super::regions::Region;

/// A line as drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Pixels.
    pub place: Region,
    pub horizontal: bool,
}

/// Runs of ink at least this many letter heights long are no strokes of letters: across, where letters of a
/// decorated word may touch, and down, where only brackets are taller than a line.
const ACROSS_LETTERS: u32 = 6;
const DOWN_LETTERS: u32 = 3;
/// A line is at most this share of a letter thick: what is thicker is a bar or a picture.
const THICKEST_SHARE: f32 = 0.5;
/// Breaks of thin lines in pixels.
const BREAK: usize = 2;

/// Takes the lines out of an image. Ink is at or below `threshold`; `letter` is the height of letters in pixels.
pub fn take_out(image: &mut Grey, threshold: u8, letter: u32) -> Vec<Rule> {
    let across = find(image, threshold, letter, ACROSS_LETTERS * letter);
    let turned = transposed(image);
    let down = find(&turned, threshold, letter, DOWN_LETTERS * letter);
    let mut out: Vec<Rule> = across.iter().map(|&place| Rule { place, horizontal: true }).collect();
    for place in &across {
        erase(image, place, threshold);
    }
    if !down.is_empty() {
        let mut turned = transposed(image);
        for place in &down {
            erase(&mut turned, place, threshold);
        }
        *image = transposed(&turned);
        let upright = |p: &Region| Region { x0: p.y0, y0: p.x0, x1: p.y1, y1: p.x1 };
        out.extend(down.iter().map(|p| Rule { place: upright(p), horizontal: false }));
    }
    out
}

fn transposed(image: &Grey) -> Grey {
    let mut out = Grey::new(image.height, image.width, 255);
    for y in 0..image.height {
        for (x, &value) in image.row(y).iter().enumerate() {
            out.data[x * image.height + y] = value;
        }
    }
    out
}

/// A line being joined from row to row.
struct Open {
    place: Region,
    /// The run in its last row.
    last: (u32, u32),
    ink: u64,
}

/// Horizontal lines at least `shortest` long.
fn find(image: &Grey, threshold: u8, letter: u32, shortest: u32) -> Vec<Region> {
    let thickest = (letter as f32 * THICKEST_SHARE).max(3.0);
    let (mut open, mut found): (Vec<Open>, Vec<Open>) = (Vec::new(), Vec::new());
    for y in 0..image.height {
        let row = y as u32;
        for (x0, x1) in runs(image.row(y), threshold, shortest as usize) {
            let own = Region { x0, y0: row, x1, y1: row + 1 };
            let touches = |o: &&mut Open| o.last.0 <= x1 && o.last.1 >= x0 && o.place.y1 + 1 >= row;
            match open.iter_mut().find(touches) {
                Some(line) => {
                    line.place = line.place.union(&own);
                    line.last = (x0, x1);
                    line.ink += u64::from(x1 - x0);
                }
                None => open.push(Open { place: own, last: (x0, x1), ink: u64::from(x1 - x0) }),
            }
        }
        let (going, done) = open.into_iter().partition(|o| o.place.y1 + 1 >= row);
        open = going;
        found.extend(done);
    }
    found.extend(open);
    // A slightly slanted line is as high as it rises, but has the ink of a thin one.
    let thin = |o: &Open| {
        let thickness = o.ink as f32 / o.place.width().max(1) as f32;
        thickness <= thickest && o.place.height() <= (3.0 * thickest) as u32
    };
    found.into_iter().filter(thin).map(|o| o.place).filter(|p| is_alone(image, p, threshold)).collect()
}

/// Whether there is white along both sides: rows of a photograph's dots have none.
fn is_alone(image: &Grey, place: &Region, threshold: u8) -> bool {
    /// Letters that stand on a line, and lines that cross it, are fewer.
    const MOST_INK: f32 = 0.4;
    const APART: usize = 3;
    let (x0, x1) = (place.x0 as usize, place.x1 as usize);
    [(place.y0 as usize).checked_sub(APART), Some(place.y1 as usize + APART - 1)].into_iter().flatten().all(
        |y| {
            let row = if y < image.height { &image.row(y)[x0..x1] } else { &[] };
            let ink = row.iter().filter(|v| **v <= threshold).count();
            ink as f32 <= MOST_INK * (x1 - x0) as f32
        },
    )
}

/// Runs of ink in a row, small breaks bridged, of at least `shortest` pixels; the end lies outside.
fn runs(row: &[u8], threshold: u8, shortest: usize) -> Vec<(u32, u32)> {
    let mut out = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    for (x, _) in row.iter().enumerate().filter(|(_, v)| **v <= threshold) {
        run = match run {
            Some((from, to)) if x - to <= BREAK => Some((from, x + 1)),
            other => {
                out.extend(other);
                Some((x, x + 1))
            }
        };
    }
    out.extend(run);
    let long = out.into_iter().filter(|(from, to)| to - from >= shortest);
    long.map(|(from, to)| (from as u32, to as u32)).collect()
}

/// Turns a horizontal line to white, with its soft rims, except where ink goes on above or below it.
fn erase(image: &mut Grey, place: &Region, threshold: u8) {
    /// Rows of a soft rim.
    const RIM: usize = 2;
    let width = image.width;
    let (top, bottom) =
        ((place.y0 as usize).saturating_sub(RIM), (place.y1 as usize + RIM).min(image.height));
    let beyond = (top.saturating_sub(1), bottom.min(image.height - 1));
    for x in (place.x0 as usize).saturating_sub(RIM)..(place.x1 as usize + RIM).min(width) {
        let ink = |y: usize| image.data[y * width + x] <= threshold;
        if ink(beyond.0) || ink(beyond.1) {
            continue;
        }
        for y in top..bottom {
            image.data[y * width + x] = 255;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of 2 x 2 cells with a letter in each, drawn 2 pixels thick.
    fn grid() -> Grey {
        let mut image = Grey::new(260, 140, 255);
        let mut fill = |x0: usize, y0: usize, x1: usize, y1: usize| {
            (y0..y1).for_each(|y| image.data[y * 260 + x0..y * 260 + x1].fill(0));
        };
        for y in [10, 70, 128] {
            fill(10, y, 250, y + 2);
        }
        for x in [10, 130, 248] {
            fill(x, 10, x + 2, 130);
        }
        for (x, y) in [(40, 30), (160, 30), (40, 90), (160, 90)] {
            fill(x, y, x + 3, y + 14);
            fill(x, y, x + 10, y + 3);
        }
        image
    }

    #[test]
    fn a_grid_is_found_and_its_letters_stay() {
        let mut image = grid();
        let rules = take_out(&mut image, 127, 14);
        let count = |horizontal: bool| rules.iter().filter(|r| r.horizontal == horizontal).count();
        assert_eq!((count(true), count(false)), (3, 3), "{rules:?}");
        let ink = image.data.iter().filter(|&&v| v < 128).count();
        assert_eq!(ink, 4 * (3 * 14 + 7 * 3), "only the letters are left");
    }

    #[test]
    fn letters_that_stand_on_a_line_keep_their_ink() {
        let mut image = Grey::new(200, 60, 255);
        (40..42).for_each(|y| image.data[y * 200 + 10..y * 200 + 190].fill(0));
        (28..44).for_each(|y| image.data[y * 200 + 50..y * 200 + 53].fill(0));
        let rules = take_out(&mut image, 127, 14);
        assert_eq!(rules.len(), 1);
        let ink = image.data.iter().filter(|&&v| v < 128).count();
        assert_eq!(ink, 16 * 3);
        // A bar is no line.
        let mut bar = Grey::new(200, 60, 255);
        (20..40).for_each(|y| bar.data[y * 200 + 10..y * 200 + 190].fill(0));
        assert_eq!(take_out(&mut bar, 127, 14), []);
    }
}
