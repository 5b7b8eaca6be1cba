//! Parts of a page that have to be read from their picture although the page has text of its own. In: the words that were
//! kept and the images. Out: regions with reason and evidence. Words whose font does not say what they mean, or says what no
//! language has, are taken out: nobody should find them.

use super::words::ReadWord;
use crate::language::{self, Verdict};
use crate::tiles;
use pagemill_document::{FontFace, ImageArea, OcrReason, OcrRegion, Rect};
use std::collections::BTreeMap;

/// Images that may hold text, as far as their place and size tell.
pub fn images(words: &[ReadWord], images: &[ImageArea], (width, height): (f32, f32)) -> Vec<OcrRegion> {
    /// Images looked at on a page; more are tiles or ornaments.
    const MOST_IMAGES: usize = 300;
    /// Points: two short words, one line.
    const NARROWEST: f32 = 60.0;
    const LOWEST: f32 = 24.0;
    /// Share of the page. Smaller images are icons and logos.
    const SMALLEST: f32 = 0.02;
    /// Letters of ten points are eight pixels high at this resolution; below, nobody can read them.
    const COARSEST_DPI: f32 = 60.0;
    /// Shares of the page's height at its top and bottom where letterheads and logos stand; strips reach further in.
    const MARGIN: f32 = 1.0 / 6.0;
    const MARGIN_OF_STRIPS: f32 = 1.0 / 4.0;
    const STRIP: f32 = 1.0 / 10.0;
    /// Letters that the page itself sets over the image: it knows what the image says.
    const MOST_LETTERS: usize = 20;
    const MOST_REGIONS: usize = 8;
    let frame = Rect { x0: 0.0, y0: 0.0, x1: width, y1: height };
    let mut pictures: Vec<Rect> = Vec::new();
    for image in images.iter().filter(|image| image.dpi >= COARSEST_DPI).take(MOST_IMAGES) {
        let own = image.bbox.intersection(&frame);
        if own.area() > 0.0 {
            tiles::add(&mut pictures, own);
        }
    }
    let letters = |picture: &Rect| -> usize {
        let over =
            words.iter().filter(|w| picture.contains_point(w.word.bbox.center().0, w.word.bbox.center().1));
        over.map(|w| w.word.text.chars().count()).sum()
    };
    let in_margin = |r: &Rect| {
        let margin = height * if r.height() < height * STRIP { MARGIN_OF_STRIPS } else { MARGIN };
        r.y1 <= margin || r.y0 >= height - margin
    };
    pictures.retain(|r| {
        r.width() >= NARROWEST
            && r.height() >= LOWEST
            && r.area() >= SMALLEST * frame.area()
            && !in_margin(r)
            && letters(r) <= MOST_LETTERS
    });
    pictures.sort_by(|a, b| b.area().total_cmp(&a.area()));
    pictures.truncate(MOST_REGIONS);
    let region = |bbox: Rect| {
        let percent = (bbox.area() / frame.area().max(1.0) * 100.0).round();
        let evidence = format!("an image over {percent}% of the page has no text of its own");
        OcrRegion { bbox, reason: OcrReason::Image, evidence, confidence: None }
    };
    pictures.into_iter().map(region).collect()
}

/// What is known of the words in one font.
#[derive(Default)]
struct InFont {
    glyphs: u32,
    unreadable: u32,
    /// Words of several letters that map to nothing: text, not symbols.
    unreadable_words: u32,
    text: String,
}

/// Takes out the words of fonts that cannot be believed, and names where they stood. Of a page in one font that has been
/// judged as a whole there is nothing to add.
pub fn take_out_unreadable(words: &mut Vec<ReadWord>, faces: &[FontFace], judged: bool) -> Vec<OcrRegion> {
    let one_font = words.windows(2).all(|w| w[0].word.font == w[1].word.font);
    if judged && one_font {
        return Vec::new();
    }
    let mut fonts: BTreeMap<u16, InFont> = BTreeMap::new();
    for word in words.iter() {
        let font = fonts.entry(word.word.font).or_default();
        font.glyphs += word.glyphs;
        font.unreadable += word.unreadable;
        font.unreadable_words += u32::from(is_unreadable(word));
        font.text.push(' ');
        font.text.push_str(&word.word.text);
    }
    let mut out = Vec::new();
    for (font, found) in fonts {
        let face = faces.get(usize::from(font));
        let Some((reason, evidence)) = verdict(&found, face) else { continue };
        let places: Vec<(Rect, f32)> =
            words.iter().filter(|w| w.word.font == font).map(|w| (w.word.bbox, w.word.size)).collect();
        words.retain(|w| w.word.font != font);
        let regions = around(&places);
        out.extend(regions.into_iter().map(|bbox| OcrRegion {
            bbox,
            reason,
            evidence: evidence.clone(),
            confidence: None,
        }));
    }
    out
}

/// A word most of whose several glyphs map to nothing.
fn is_unreadable(word: &ReadWord) -> bool {
    const FEWEST_GLYPHS: u32 = 3;
    word.glyphs >= FEWEST_GLYPHS && 2 * word.unreadable > word.glyphs
}

/// What is wrong with the text of a font, where something is.
fn verdict(found: &InFont, face: Option<&FontFace>) -> Option<(OcrReason, String)> {
    /// Bullets, formulas and ornaments are signs apart; text has words.
    const FEWEST_WORDS: u32 = 3;
    const FEWEST_GLYPHS: u32 = 20;
    let name = face.map_or("", |face| face.name.as_str());
    let many = found.unreadable >= FEWEST_GLYPHS && 2 * found.unreadable > found.glyphs;
    if many && found.unreadable_words >= FEWEST_WORDS {
        let evidence =
            format!("{} of {} glyphs in {name} map to no character", found.unreadable, found.glyphs);
        return Some((OcrReason::UnmappedText, evidence));
    }
    // Code and keys follow no language either.
    if face.is_some_and(|face| face.monospace) {
        return None;
    }
    match language::judge(&found.text) {
        Verdict::Garbled(why) => Some((OcrReason::GarbledText, format!("the text in {name} {why}"))),
        Verdict::Plausible | Verdict::TooShort => None,
    }
}

/// Boxes around words that stand near each other, with room for the letters' edges.
fn around(places: &[(Rect, f32)]) -> Vec<Rect> {
    /// Ems between words and lines of one region.
    const REACH: f32 = 0.7;
    const EDGE: f32 = 0.2;
    let mut out: Vec<(Rect, f32)> = Vec::new();
    for &(bbox, size) in places {
        let mut own = (bbox.grown(EDGE * size), size);
        while let Some(place) = out.iter().position(|(b, other)| {
            let reach = own.0.grown(REACH * own.1.max(*other));
            reach.overlap_x(b) > 0.0 && reach.overlap_y(b) > 0.0
        }) {
            let (b, size) = out.swap_remove(place);
            own = (own.0.union(&b), own.1.max(size));
        }
        out.push(own);
    }
    let mut out: Vec<Rect> = out.into_iter().map(|(b, _)| b).collect();
    out.sort_by(|a, b| (a.y0, a.x0).partial_cmp(&(b.y0, b.x0)).unwrap_or(std::cmp::Ordering::Equal));
    out
}

#[cfg(test)]
mod tests;
