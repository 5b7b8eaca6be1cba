//! Noise of a scan: how much there is, and what takes it away without taking thin strokes.

use super::Grey;
use super::tone::{otsu, percentile};

/// Takes away specks and grain where they would be taken for ink; a clean image stays as it is.
pub fn clean(image: &Grey) -> Option<Grey> {
    /// Share of ink pixels that stand alone from which they are noise and not thin print.
    const SPECK_SHARE: f32 = 0.01;
    /// Share of the page over which specks are spread: those of noise are everywhere, those of a dotted
    /// rule or a raster of dots are not.
    const SPREAD: f32 = 0.5;
    /// Standard deviation of the ground from which letters get ragged edges.
    const GRAIN: f32 = 7.0;
    let measured = measure(image);
    let specked = measured.speck_share > SPECK_SHARE && measured.spread > SPREAD;
    let grainy = measured.grain > GRAIN;
    if !specked && !grainy {
        return None;
    }
    let cleaned = if specked { without_specks(image, measured.threshold) } else { image.clone() };
    Some(if grainy { blur(&cleaned) } else { cleaned })
}

struct Noise {
    /// Ink is at or below it.
    threshold: u8,
    /// Ink pixels without a neighbour of ink, as a share of all ink pixels.
    speck_share: f32,
    /// Share of squares of the page that hold a speck.
    spread: f32,
    /// Standard deviation of the ground.
    grain: f32,
}

fn measure(image: &Grey) -> Noise {
    /// Every so many rows are looked at.
    const STEP: usize = 3;
    /// Side of the squares that the spread is counted in.
    const SQUARE: usize = 64;
    let columns = image.width.div_ceil(SQUARE);
    let mut specked = vec![false; columns * image.height.div_ceil(SQUARE)];
    let histogram = image.histogram();
    let threshold = otsu(&histogram);
    let (mut ink, mut specks) = (0u32, 0u32);
    for y in (1..image.height.saturating_sub(1)).step_by(STEP) {
        let rows = [image.row(y - 1), image.row(y), image.row(y + 1)];
        for x in 1..image.width.saturating_sub(1) {
            if rows[1][x] <= threshold {
                ink += 1;
                let near =
                    rows.iter().flat_map(|row| &row[x - 1..=x + 1]).filter(|&&v| v <= threshold).count();
                if near == 1 {
                    specks += 1;
                    specked[y / SQUARE * columns + x / SQUARE] = true;
                }
            }
        }
    }
    // How far the darker sixth of the ground lies below its middle: one standard deviation of noise, and
    // nothing at all where only the soft rims of letters are grey.
    let mut ground = histogram;
    ground[..=usize::from(threshold)].fill(0);
    let grain = percentile(&ground, 0.5) - percentile(&ground, 0.16);
    let spread = specked.iter().filter(|&&s| s).count() as f32 / specked.len().max(1) as f32;
    Noise { threshold, speck_share: specks as f32 / ink.max(1) as f32, spread, grain: f32::from(grain) }
}

/// Turns ink that stands alone, with at most one neighbour of ink, to white.
fn without_specks(image: &Grey, threshold: u8) -> Grey {
    let mut out = image.clone();
    for y in 1..image.height.saturating_sub(1) {
        let rows = [image.row(y - 1), image.row(y), image.row(y + 1)];
        for x in 1..image.width.saturating_sub(1) {
            if rows[1][x] > threshold {
                continue;
            }
            let near = rows.iter().flat_map(|row| &row[x - 1..=x + 1]).filter(|&&v| v <= threshold).count();
            if near <= 2 {
                out.data[y * image.width + x] = 255;
            }
        }
    }
    out
}

/// A weighed mean of each pixel and its eight neighbours (1 2 1, 2 4 2, 1 2 1).
pub fn blur(image: &Grey) -> Grey {
    const WEIGHTS: [u32; 9] = [1, 2, 1, 2, 4, 2, 1, 2, 1];
    let mut out = image.clone();
    for y in 1..image.height.saturating_sub(1) {
        let (a, b, c) = (image.row(y - 1), image.row(y), image.row(y + 1));
        for x in 1..image.width.saturating_sub(1) {
            let nine = [a[x - 1], a[x], a[x + 1], b[x - 1], b[x], b[x + 1], c[x - 1], c[x], c[x + 1]];
            let sum: u32 = nine.iter().zip(WEIGHTS).map(|(&v, w)| u32::from(v) * w).sum();
            out.data[y * image.width + x] = (sum / 16) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specks_go_and_strokes_stay() {
        let mut image = Grey::new(60, 60, 255);
        for y in 10..50 {
            for x in 20..24 {
                image.data[y * 60 + x] = 0;
            }
        }
        assert_eq!(clean(&image), None);
        for i in 0..40 {
            image.data[(i * 97 % 58 + 1) * 60 + (i * 31 % 19)] = 0;
        }
        let cleaned = clean(&image).expect("specks were found");
        let ink = cleaned.data.iter().filter(|&&v| v < 128).count();
        assert!((155..=165).contains(&ink), "{ink}");
    }
}
