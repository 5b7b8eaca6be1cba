//! A raster made ready for OCR, and the way back to the page.

use super::components::{components, letter_height};
use super::{Grey, Lay, Region, Rule, noise, rules, skew, tone, turn};
use pagemill_document::{Raster, Rect};

/// Height of most letters at which tesseract reads best, in pixels: print of 10 points at 200 dots per inch. Its
/// network sees lines 36 pixels high; smaller ones lose strokes, larger ones cost time and gain nothing.
const LETTER_HEIGHT: f32 = 28.0;
/// Letters within this range stay as they are: scaling blurs.
const GOOD_HEIGHTS: std::ops::RangeInclusive<u32> = 15..=36;
/// Letters are not made larger than this many times: what is not there does not come back.
const MOST_LARGER: f32 = 4.0;
/// Nor are pages made larger than this many pixels.
const MOST_PIXELS: f32 = 25.0e6;

/// Below this the eye sees a straight line, and turning only blurs.
const MIN_SKEW_DEGREES: f32 = 0.15;

/// A clean image with lines of text that run across it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub image: Grey,
    /// Quarter turns clockwise that were applied, 0 to 3.
    pub quarter_turns: u8,
    /// Degrees by which lines rose to the right, after the quarter turns; taken out.
    pub skew_degrees: f32,
    /// Whether lines were found to run along the page, so that the image was turned: it may stand on its
    /// head, and whoever reads it should look.
    pub was_sideways: bool,
    /// Dots per inch of the image: those of the raster, unless letters were too small or too large for OCR.
    pub dpi: f32,
    /// Straight lines that were taken out of the image, in its pixels.
    pub rules: Vec<Rule>,
    /// Pixels of the scaled raster before turning.
    raster_size: (usize, usize),
}

/// Cleans, turns and straightens a raster.
pub fn prepare(raster: &Raster) -> Prepared {
    let mut prepared = cleaned(raster);
    prepared.was_sideways = skew::lay(&prepared.image) == Lay::Along;
    prepared.quarter_turns = u8::from(prepared.was_sideways);
    if prepared.was_sideways {
        prepared.image = turn::quarter_turned(&prepared.image, prepared.quarter_turns);
    }
    let skew_degrees = skew::skew_degrees(&prepared.image);
    if skew_degrees.abs() >= MIN_SKEW_DEGREES {
        prepared.image = turn::rotated(&prepared.image, -skew_degrees);
        prepared.skew_degrees = skew_degrees;
    }
    prepared.without_rules()
}

/// Cleans a raster that stands upright and straight.
pub fn prepare_upright(raster: &Raster) -> Prepared {
    cleaned(raster).without_rules()
}

/// A raster in even tone, its letters of a good height, without noise.
fn cleaned(raster: &Raster) -> Prepared {
    let mut image = Grey::of(raster);
    tone::even_out(&mut image);
    let scale = scale(&image);
    if scale != 1.0 {
        image = turn::scaled(&image, scale);
    }
    let raster_size = (image.width, image.height);
    if let Some(clean) = noise::clean(&image) {
        image = clean;
    }
    Prepared {
        image,
        quarter_turns: 0,
        skew_degrees: 0.0,
        was_sideways: false,
        dpi: raster.dpi * scale,
        rules: Vec::new(),
        raster_size,
    }
}

/// How much larger the letters of an image should be; 1 where they are good or cannot be told.
fn scale(image: &Grey) -> f32 {
    let pieces = components(image, tone::otsu(&image.histogram()));
    match letter_height(&pieces) {
        Some(height) if !GOOD_HEIGHTS.contains(&height) => {
            let room = (MOST_PIXELS / (image.width * image.height).max(1) as f32).sqrt();
            (LETTER_HEIGHT / height as f32).min(MOST_LARGER).min(room)
        }
        _ => 1.0,
    }
}

impl Prepared {
    /// The same with its rules taken out of the image.
    fn without_rules(mut self) -> Prepared {
        let threshold = tone::otsu(&self.image.histogram());
        if let Some(letter) = letter_height(&components(&self.image, threshold)) {
            self.rules = rules::take_out(&mut self.image, threshold, letter);
        }
        self
    }

    /// The same upside down.
    pub fn overturned(&self) -> Prepared {
        let (width, height) = (self.image.width as u32, self.image.height as u32);
        let turned = |p: &Region| Region {
            x0: width - p.x1.min(width),
            y0: height - p.y1.min(height),
            x1: width - p.x0.min(width),
            y1: height - p.y0.min(height),
        };
        Prepared {
            rules: self.rules.iter().map(|r| Rule { place: turned(&r.place), ..*r }).collect(),
            image: turn::quarter_turned(&self.image, 2),
            quarter_turns: (self.quarter_turns + 2) % 4,
            ..self.clone()
        }
    }

    /// A box of the prepared image, in pixels, as the box around it on the page as rendered, in points.
    pub fn to_points(&self, r: &Rect) -> Rect {
        const POINTS_PER_INCH: f32 = 72.0;
        let scale = POINTS_PER_INCH / self.dpi.max(1.0);
        let size = (self.image.width, self.image.height);
        // A slightly turned box would grow by its corners; its middle and size say more.
        let (cx, cy) = turn::unrotated_point(size, -self.skew_degrees, r.center());
        let (half_w, half_h) = (r.width() / 2.0, r.height() / 2.0);
        let corners = [(cx - half_w, cy - half_h), (cx + half_w, cy + half_h)]
            .map(|point| turn::unturned_point(self.raster_size, self.quarter_turns, point));
        let [a, b] = corners.map(|(x, y)| (x * scale, y * scale));
        Rect::new(a.0, a.1, b.0, b.1)
    }

    /// A point on a baseline of the prepared image, in pixels, as the coordinate across the direction of
    /// writing on the page as rendered, in points: its y where lines run across the page, else its x.
    pub fn baseline_to_points(&self, point: (f32, f32)) -> f32 {
        let at = self.to_points(&Rect { x0: point.0, y0: point.1, x1: point.0, y1: point.1 });
        if self.quarter_turns.is_multiple_of(2) { at.y0 } else { at.x0 }
    }
}
