//! Tone of a scan: an even white ground, full contrast, dark on light.

use super::Grey;

/// Otsu's threshold: the value that parts ink from ground with the least variance within both
/// (N. Otsu, "A threshold selection method from gray-level histograms", 1979). Ink is at or below it.
pub fn otsu(histogram: &[u32; 256]) -> u8 {
    let total: f64 = histogram.iter().map(|&n| f64::from(n)).sum();
    let sum: f64 = histogram.iter().enumerate().map(|(v, &n)| v as f64 * f64::from(n)).sum();
    let (mut count, mut weighed, mut best, mut threshold) = (0.0, 0.0, -1.0, 127);
    for (value, &n) in histogram.iter().enumerate() {
        count += f64::from(n);
        weighed += value as f64 * f64::from(n);
        let rest = total - count;
        if count == 0.0 || rest <= 0.0 {
            continue;
        }
        let distance = weighed / count - (sum - weighed) / rest;
        let between = count * rest * distance * distance;
        if between > best {
            (best, threshold) = (between, value as u8);
        }
    }
    threshold
}

/// The value below which a share of the pixels lies.
pub fn percentile(histogram: &[u32; 256], share: f64) -> u8 {
    let total: u64 = histogram.iter().map(|&n| u64::from(n)).sum();
    let wanted = (total as f64 * share) as u64;
    let mut count = 0;
    for (value, &n) in histogram.iter().enumerate() {
        count += u64::from(n);
        if count > wanted {
            return value as u8;
        }
    }
    255
}

/// Side of the squares in which the ground is measured, in pixels.
const TILE: usize = 48;

/// Lifts the ground to white where it is grey, stained or shaded, and stretches ink to black. Light text
/// on a dark page is turned over. An image that is clean already stays as it is.
pub fn even_out(image: &mut Grey) {
    let histogram = image.histogram();
    if percentile(&histogram, 0.5) < 96 {
        image.data.iter_mut().for_each(|v| *v = 255 - *v);
    }
    let ground = Ground::measure(image);
    let needed = ground.lowest() < 245;
    if needed {
        ground.lift(image);
    }
    stretch(image);
}

/// Stretches the darkest ink to black and the ground to white.
fn stretch(image: &mut Grey) {
    /// Contrast below this is noise on an empty page.
    const MIN_RANGE: i32 = 40;
    let histogram = image.histogram();
    let threshold = otsu(&histogram);
    // The dark end is where the ink is, not the darkest speck.
    let mut ink = histogram;
    ink[usize::from(threshold) + 1..].fill(0);
    let (dark, light) = (i32::from(percentile(&ink, 0.25)), i32::from(percentile(&histogram, 0.6)));
    if light - dark < MIN_RANGE || (dark <= 8 && light >= 250) {
        return;
    }
    let mut map = [0u8; 256];
    for (value, out) in map.iter_mut().enumerate() {
        *out = ((value as i32 - dark) * 255 / (light - dark)).clamp(0, 255) as u8;
    }
    image.data.iter_mut().for_each(|v| *v = map[usize::from(*v)]);
}

/// The brightness of the ground over the page, on a coarse grid.
struct Ground {
    columns: usize,
    rows: usize,
    values: Vec<u8>,
}

impl Ground {
    fn measure(image: &Grey) -> Self {
        /// The ground is brighter than this share of a square: ink covers less than the rest.
        const GROUND_SHARE: f64 = 0.8;
        let (columns, rows) = (image.width.div_ceil(TILE).max(1), image.height.div_ceil(TILE).max(1));
        let mut values = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let tile = image.crop(column * TILE, row * TILE, TILE, TILE);
                values.push(percentile(&tile.histogram(), GROUND_SHARE));
            }
        }
        let mut ground = Self { columns, rows, values };
        ground.smooth();
        ground
    }

    /// Squares filled by pictures or thick strokes take the ground of their neighbours: the brightest of
    /// the nine, then the mean of nine.
    fn smooth(&mut self) {
        for brightest in [true, false] {
            let before = self.values.clone();
            let (rows, columns) = (self.rows, self.columns);
            for row in 0..rows {
                for column in 0..columns {
                    let near: Vec<u32> = (row.saturating_sub(1)..(row + 2).min(rows))
                        .flat_map(|r| {
                            let around = column.saturating_sub(1)..(column + 2).min(columns);
                            around.map(move |c| r * columns + c)
                        })
                        .map(|i| u32::from(before[i]))
                        .collect();
                    let value = if brightest {
                        near.iter().copied().max().unwrap_or(255)
                    } else {
                        near.iter().sum::<u32>() / near.len().max(1) as u32
                    };
                    self.values[row * columns + column] = value as u8;
                }
            }
        }
    }

    fn lowest(&self) -> u8 {
        self.values.iter().copied().min().unwrap_or(255)
    }

    /// Divides by the ground, interpolated between the middles of the squares.
    fn lift(&self, image: &mut Grey) {
        /// Darker ground than this is a picture: lifting it would only raise noise.
        const DARKEST: f32 = 64.0;
        let place = |pixel: usize, count: usize| {
            let at = ((pixel as f32 + 0.5) / TILE as f32 - 0.5).clamp(0.0, (count - 1) as f32);
            let low = at as usize;
            (low, (low + 1).min(count - 1), at - low as f32)
        };
        let columns: Vec<_> = (0..image.width).map(|x| place(x, self.columns)).collect();
        for y in 0..image.height {
            let (above, below, v) = place(y, self.rows);
            let at = |row: usize, column: usize| f32::from(self.values[row * self.columns + column]);
            let line: Vec<f32> =
                (0..self.columns).map(|c| at(above, c) * (1.0 - v) + at(below, c) * v).collect();
            let row = &mut image.data[y * image.width..(y + 1) * image.width];
            for (pixel, &(left, right, u)) in row.iter_mut().zip(&columns) {
                let ground = (line[left] * (1.0 - u) + line[right] * u).max(DARKEST);
                *pixel = (f32::from(*pixel) * 255.0 / ground).min(255.0) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otsu_parts_two_heaps() {
        let mut histogram = [0; 256];
        histogram[30] = 100;
        histogram[40] = 50;
        histogram[200] = 900;
        let threshold = otsu(&histogram);
        assert!((40..200).contains(&threshold), "{threshold}");
    }

    /// A page of that ground with bars of that ink; afterwards ground is white and ink is black.
    fn check(ground: impl Fn(usize) -> u8, ink: impl Fn(usize) -> u8) {
        let mut image = Grey::new(480, 480, 0);
        for y in 0..480 {
            for x in 0..480 {
                let bar = y % 24 < 5 && x % 12 < 8;
                image.data[y * 480 + x] = if bar { ink(x) } else { ground(x) };
            }
        }
        even_out(&mut image);
        for x in (0..480).step_by(37) {
            assert!(image.data[20 * 480 + x] > 225, "ground at {x}: {}", image.data[20 * 480 + x]);
            assert!(image.data[26 * 480 + x / 12 * 12 + 2] < 60, "ink at {x}");
        }
    }

    #[test]
    fn ground_turns_white_and_ink_black() {
        check(|_| 255, |_| 0);
        check(|_| 180, |_| 60);
        check(|x| 230 - (x / 6) as u8, |x| 90 - (x / 12) as u8);
        check(|_| 20, |_| 240);
    }
}
