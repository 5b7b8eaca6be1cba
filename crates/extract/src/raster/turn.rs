//! Turning images: by quarters exactly, by small angles with interpolation, and to another size; and the
//! way of points through it.

use super::Grey;

/// Turned by quarters clockwise.
pub fn quarter_turned(image: &Grey, turns: u8) -> Grey {
    let (w, h) = (image.width, image.height);
    match turns % 4 {
        0 => image.clone(),
        2 => Grey { width: w, height: h, data: image.data.iter().rev().copied().collect() },
        turn => {
            let mut out = Grey::new(h, w, 255);
            for y in 0..h {
                for (x, &value) in image.row(y).iter().enumerate() {
                    let (to_x, to_y) = if turn == 1 { (h - 1 - y, x) } else { (y, w - 1 - x) };
                    out.data[to_y * h + to_x] = value;
                }
            }
            out
        }
    }
}

/// Turned upside down.
pub fn overturned(image: &Grey) -> Grey {
    quarter_turned(image, 2)
}

/// Turned counter-clockwise about the middle, of the same size; white comes in at the corners.
pub fn rotated(image: &Grey, degrees: f32) -> Grey {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (image.width as f32 / 2.0, image.height as f32 / 2.0);
    let mut out = Grey::new(image.width, image.height, 255);
    for y in 0..image.height {
        let dy = y as f32 + 0.5 - cy;
        for x in 0..image.width {
            let dx = x as f32 + 0.5 - cx;
            // Where this pixel comes from: turned clockwise (y grows downwards).
            let from_x = cx + dx * cos - dy * sin - 0.5;
            let from_y = cy + dx * sin + dy * cos - 0.5;
            out.data[y * image.width + x] = sample(image, from_x, from_y);
        }
    }
    out
}

/// A point of the image that [`rotated`] makes, back on the image it was made from.
pub fn unrotated_point(image: (usize, usize), degrees: f32, (x, y): (f32, f32)) -> (f32, f32) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (image.0 as f32 / 2.0, image.1 as f32 / 2.0);
    let (dx, dy) = (x - cx, y - cy);
    (cx + dx * cos - dy * sin, cy + dx * sin + dy * cos)
}

/// A point of a quarter-turned image, back on the image of `size` before turning.
pub fn unturned_point(size: (usize, usize), turns: u8, (x, y): (f32, f32)) -> (f32, f32) {
    let (w, h) = (size.0 as f32, size.1 as f32);
    match turns % 4 {
        0 => (x, y),
        1 => (y, h - x),
        2 => (w - x, h - y),
        _ => (w - y, x),
    }
}

/// Scaled by `factor`: the mean over squares when smaller, interpolated when larger.
pub fn scaled(image: &Grey, factor: f32) -> Grey {
    let width = ((image.width as f32 * factor).round() as usize).max(1);
    let height = ((image.height as f32 * factor).round() as usize).max(1);
    let mut out = Grey::new(width, height, 255);
    // Without averaging first, thin strokes fall between the samples.
    let shrink = (1.0 / factor) as usize;
    let shrunk;
    let source = if shrink >= 2 {
        shrunk = image.shrunk(shrink);
        &shrunk
    } else {
        image
    };
    let (step_x, step_y) = (source.width as f32 / width as f32, source.height as f32 / height as f32);
    for y in 0..height {
        let from_y = (y as f32 + 0.5) * step_y - 0.5;
        for x in 0..width {
            let from_x = (x as f32 + 0.5) * step_x - 0.5;
            out.data[y * width + x] = sample(source, from_x, from_y);
        }
    }
    out
}

/// The value between four pixels; white outside.
fn sample(image: &Grey, x: f32, y: f32) -> u8 {
    // Rounded down. `floor` is a call into the C library on processors without SSE 4.1, once for each pixel of a page.
    let below = |v: f32| v as isize - isize::from(v < v as isize as f32);
    let (left, top) = (below(x), below(y));
    let (u, v) = (x - left as f32, y - top as f32);
    let (w, h) = (image.width as isize, image.height as isize);
    if left >= 0 && top >= 0 && left + 1 < w && top + 1 < h {
        let i = top as usize * image.width + left as usize;
        let (a, b) = (f32::from(image.data[i]), f32::from(image.data[i + 1]));
        let below = i + image.width;
        let (c, d) = (f32::from(image.data[below]), f32::from(image.data[below + 1]));
        let upper = a + (b - a) * u;
        let lower = c + (d - c) * u;
        return (upper + (lower - upper) * v + 0.5) as u8;
    }
    let at = |x: isize, y: isize| {
        let inside = x >= 0 && y >= 0 && x < w && y < h;
        if inside { f32::from(image.data[y as usize * image.width + x as usize]) } else { 255.0 }
    };
    let upper = at(left, top) * (1.0 - u) + at(left + 1, top) * u;
    let lower = at(left, top + 1) * (1.0 - u) + at(left + 1, top + 1) * u;
    (upper * (1.0 - v) + lower * v + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(width: usize, height: usize, x: usize, y: usize) -> Grey {
        let mut image = Grey::new(width, height, 255);
        image.data[y * width + x] = 0;
        image
    }

    fn darkest(image: &Grey) -> (f32, f32) {
        let i = (0..image.data.len()).min_by_key(|&i| image.data[i]).unwrap_or(0);
        ((i % image.width) as f32 + 0.5, (i / image.width) as f32 + 0.5)
    }

    #[test]
    fn points_find_their_way_back() {
        let image = spot(40, 30, 7, 11);
        for turns in 0..4 {
            let turned = quarter_turned(&image, turns);
            assert_eq!(unturned_point((40, 30), turns, darkest(&turned)), (7.5, 11.5), "{turns} turns");
        }
        let image = spot(200, 100, 150, 60);
        for degrees in [3.0, -2.0] {
            let (x, y) = unrotated_point((200, 100), degrees, darkest(&rotated(&image, degrees)));
            assert!((x - 150.5).abs() < 1.0 && (y - 60.5).abs() < 1.0, "{degrees}: {x} {y}");
        }
    }
}
