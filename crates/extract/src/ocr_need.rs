//! Whether a page needs OCR, and why. In: counts and texts of its layers and what it paints. Out: where
//! its text comes from, with the evidence in words. Pure; looks at one page only. Judges text by its own
//! script, so that good Korean stays what it is, and says nothing about text too short to judge.

use crate::language::{self, Verdict};
use pagemill_document::{OcrReason, Page, Rect, TextSource};

/// A layer of text: what is seen, or what lies hidden over an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    pub glyphs: u32,
    /// Glyphs whose text is a guess: their font does not say what they mean.
    pub guessed: u32,
    /// Glyphs that map to nothing: private use, U+FFFD.
    pub unreadable: u32,
    /// Share of the page within boxes of words.
    pub share: f32,
    pub text: String,
}

/// What the decision is made on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    pub visible: Layer,
    pub hidden: Layer,
    /// Share of the page under images.
    pub image_share: f32,
    /// Share of the page under anything painted but text.
    pub ink_share: f32,
    pub path_count: u32,
}

/// An image over this much of the page is the page.
const PAGE_IMAGE_SHARE: f32 = 0.6;
/// An image smaller than this holds no text worth reading (a logo, a rule, a bullet).
const NOTEWORTHY_IMAGE_SHARE: f32 = 0.03;
/// Text drawn as outlines has at least this many paths.
const OUTLINED_TEXT_PATHS: u32 = 150;
/// A page image with fewer glyphs than this over it has a stamp, a page number or a notice, not a text.
const STAMP_GLYPHS: u32 = 200;
/// Such a stamp also takes little of the page.
const STAMP_SHARE: f32 = 0.04;
/// Share of unmapped glyphs from which a text is of no use; symbol fonts in good text stay well below.
const UNMAPPED_SHARE: f32 = 0.3;
/// Fewer glyphs than this (bullets, a logo's letters) do not condemn a page.
const MIN_UNMAPPED: u32 = 20;

/// Decides where the text of a page comes from.
pub fn judge(evidence: &Evidence) -> TextSource {
    let Evidence { visible, hidden, image_share, .. } = evidence;
    let page_image = *image_share >= PAGE_IMAGE_SHARE;
    let percent = |share: f32| (share * 100.0).round();
    if visible.glyphs == 0 && hidden.glyphs == 0 {
        return without_text(evidence);
    }
    if let Some(found) = unmapped(visible) {
        return needs(OcrReason::UnmappedText, found);
    }
    let stamped_scan = page_image && visible.glyphs < STAMP_GLYPHS && visible.share < STAMP_SHARE;
    if stamped_scan && hidden.glyphs < visible.glyphs.max(1) {
        return needs(
            OcrReason::NoText,
            format!(
                "images cover {}% of the page, and only {} glyphs are text",
                percent(*image_share),
                visible.glyphs
            ),
        );
    }
    if hidden.glyphs > visible.glyphs {
        if let Some(found) = garbage(hidden) {
            return needs(OcrReason::GarbageLayer, found);
        }
    } else if let Verdict::Garbled(found) = language::judge(&visible.text) {
        return needs(OcrReason::GarbledText, format!("the text {found}"));
    }
    TextSource::Native
}

/// Dots per inch at which a page is best rendered for OCR: those of the scan it consists of, so that its pixels
/// stay what they are (a page box says little of the size of letters: photographs of large sheets come as small
/// pages, and books as huge ones), else `usual`. OCR brings letters to its own size itself.
pub fn ocr_dpi(page: &Page, usual: f32) -> f32 {
    /// Finer pixels than this on a page are more than letters need: a sheet of A4 at 300.
    const MOST_PIXELS: f32 = 9.0e6;
    /// Coarser images are backgrounds, and what is on them is drawn.
    const COARSEST_SHARE: f32 = 0.35;
    const POINTS_PER_INCH: f32 = 72.0;
    let area = page.width * page.height;
    let scan = page.images.iter().filter(|i| i.bbox.area() >= PAGE_IMAGE_SHARE * area);
    let Some(scan) = scan.max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area())) else { return usual };
    let finest = (MOST_PIXELS / area.max(1.0)).sqrt() * POINTS_PER_INCH;
    if scan.dpi < COARSEST_SHARE * usual { usual } else { scan.dpi.min(finest.max(usual)) }
}

/// Dots per inch at which a region of a page is best rendered for OCR: those of the finest image in it, within what
/// letters need, else `usual`.
pub fn region_dpi(page: &Page, region: &Rect, usual: f32) -> f32 {
    const FINEST: f32 = 300.0;
    /// A coarse image is made larger by the renderer, smoothly, which OCR reads better than pixels.
    const COARSEST: f32 = 100.0;
    let inside = page.images.iter().filter(|i| 2.0 * i.bbox.intersection(region).area() > i.bbox.area());
    let finest = inside.map(|i| i.dpi).filter(|dpi| dpi.is_finite()).reduce(f32::max);
    finest.map_or(usual, |dpi| dpi.clamp(COARSEST, FINEST))
}

fn needs(reason: OcrReason, evidence: String) -> TextSource {
    TextSource::NeedsOcr { reason, evidence }
}

fn without_text(evidence: &Evidence) -> TextSource {
    let percent = |share: f32| (share * 100.0).round();
    if evidence.image_share >= NOTEWORTHY_IMAGE_SHARE {
        let found = format!("no glyphs, and images cover {}% of the page", percent(evidence.image_share));
        return needs(OcrReason::NoText, found);
    }
    if evidence.path_count >= OUTLINED_TEXT_PATHS {
        return needs(OcrReason::NoText, format!("no glyphs, and {} drawn shapes", evidence.path_count));
    }
    TextSource::Blank
}

/// What is wrong with the mapping of a layer's glyphs, where something is. A guess that reads as a language
/// is right: old fonts say nothing and follow the common encoding all the same.
fn unmapped(layer: &Layer) -> Option<String> {
    let share = |count: u32| count as f32 / layer.glyphs.max(1) as f32;
    let many = |count: u32| count >= MIN_UNMAPPED && share(count) >= UNMAPPED_SHARE;
    if many(layer.unreadable) {
        return Some(format!("{} of {} glyphs map to no character", layer.unreadable, layer.glyphs));
    }
    let guessed = many(layer.guessed) && language::judge(&layer.text) != Verdict::Plausible;
    guessed.then(|| format!("the fonts leave open what {} of {} glyphs mean", layer.guessed, layer.glyphs))
}

/// What is wrong with a hidden layer, where something is.
fn garbage(layer: &Layer) -> Option<String> {
    if let Some(found) = unmapped(layer) {
        return Some(format!("in the hidden text {found}"));
    }
    match language::judge_recognized(&layer.text) {
        Verdict::Garbled(found) => Some(format!("the hidden text {found}")),
        Verdict::Plausible | Verdict::TooShort => None,
    }
}

#[cfg(test)]
mod tests;
