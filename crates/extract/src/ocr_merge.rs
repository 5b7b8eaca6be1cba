//! Words of OCR put into a page. In: a page that was read and what OCR recognised on its raster. Out:
//! the page with the recognised words.

use pagemill_document::{FontFace, ImageArea, OcrReason, Page, Rect, Ruling, TextSource, Word, WordOrigin};
use serde::{Deserialize, Serialize};

/// What OCR found on a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecognizedPage {
    /// In reading order as the engine sees it.
    pub words: Vec<RecognizedWord>,
    /// Degrees by which lines of text were found to rise to the right; boxes are those of the page as
    /// rendered, not of the straightened one.
    pub skew_degrees: f32,
    /// Quarter turns clockwise that the raster needed to stand upright, 0 to 3.
    pub quarter_turns: u8,
    /// Straight lines drawn on the page, in points as rendered.
    pub rulings: Vec<Ruling>,
    /// Photographs and drawings on the page, in points as rendered.
    pub pictures: Vec<Rect>,
    /// Pieces of ink the size of letters, whether they were read or not.
    pub letters: u32,
}

/// A recognised word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecognizedWord {
    pub text: String,
    /// Points, origin top left, on the page as rendered.
    pub bbox: Rect,
    /// The baseline in points, told across the direction of writing: y where lines run across the page, x
    /// where they run along it.
    pub baseline: f32,
    /// Height of the line's letters (ascenders included) in points.
    pub size: f32,
    /// 0 to 1.
    pub confidence: f32,
    /// Counts up through the page; words of one line share it.
    pub line: u32,
    /// Counts up through the page; lines of one paragraph share it.
    pub paragraph: u32,
}

/// What shows fewer pieces of ink the size of letters holds no text: dirt, photographs and the shadows of an edge give some.
pub const FEWEST_LETTERS: u32 = 12;

/// What an image shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// A whole page, which may lie on its side, on its head or askew.
    Page,
    /// A part of a page, which stands as the page does.
    Region,
}

/// Puts recognised words into a page that needs them; other pages stay as they are. A page that shows nothing to read is
/// blank: the back of a sheet that was scanned on both sides is no page that was read badly.
pub fn apply_ocr(page: &mut Page, recognized: RecognizedPage) {
    let TextSource::NeedsOcr { reason, evidence } = &page.text_source else { return };
    if recognized.words.is_empty() && recognized.letters < FEWEST_LETTERS && *reason == OcrReason::NoText {
        page.text_source = TextSource::Blank;
        return;
    }
    let (reason, evidence) = (*reason, evidence.clone());
    let confidence = confidence_of(&recognized.words);
    // Turned clockwise to stand upright: as shown, its text runs that far counter-clockwise.
    let angle = i16::from(recognized.quarter_turns % 4) * 90;
    page.fonts = vec![no_font()];
    page.words =
        recognized.words.into_iter().map(|word| Word { angle, ..page_word(word, 0, (0.0, 0.0)) }).collect();
    page.skew_degrees = recognized.skew_degrees;
    // What the file itself draws is exact.
    if page.rulings.is_empty() {
        page.rulings = recognized.rulings;
    }
    let dpi = page.images.iter().map(|i| i.dpi).fold(0.0, f32::max);
    page.images.extend(recognized.pictures.into_iter().map(|bbox| {
        let pixels = |points: f32| (points * dpi / 72.0).round() as u32;
        ImageArea { bbox, pixels: (pixels(bbox.width()), pixels(bbox.height())), dpi }
    }));
    page.text_source = TextSource::Ocr { reason, evidence, confidence };
}

/// Puts what was recognised in a region of a page beside the page's own words. An image in which hardly anything reads as
/// text is none that holds text: its region is dropped.
pub fn apply_ocr_to_region(page: &mut Page, index: usize, recognized: RecognizedPage) {
    let Some(region) = page.ocr_regions.get(index) else { return };
    let (place, of_image) = (region.bbox, region.reason == OcrReason::Image);
    let offset = (place.x0.max(0.0), place.y0.max(0.0));
    let font = page.fonts.len() as u16;
    // Labels that the page sets over an image are in the picture of the region as well.
    let own: Vec<Rect> =
        page.words.iter().map(|w| w.bbox).filter(|b| b.intersection(&place).area() > 0.0).collect();
    let is_new = |word: &Word| {
        let (x, y) = word.bbox.center();
        !own.iter().any(|b| b.contains_point(x, y))
    };
    let words = if of_image { certain(recognized.words) } else { recognized.words };
    let confidence = confidence_of(&words);
    let words: Vec<Word> =
        words.into_iter().map(|word| page_word(word, font, offset)).filter(is_new).collect();
    if of_image && words.is_empty() {
        page.ocr_regions.remove(index);
        return;
    }
    page.ocr_regions[index].confidence = Some(confidence);
    page.fonts.push(no_font());
    page.words.extend(words);
    if of_image {
        let moved = recognized.rulings.into_iter().map(|r| Ruling { bbox: moved(&r.bbox, offset), ..r });
        page.rulings.extend(moved);
    }
}

/// Words of an image that are text: of lines that read well, where those are most of what was read. Drawings and
/// photographs give marks and letters by accident.
fn certain(words: Vec<RecognizedWord>) -> Vec<RecognizedWord> {
    const SURE: f32 = 0.8;
    const LINE: f32 = 0.6;
    const WORD: f32 = 0.4;
    const FEWEST_LETTERS: usize = 8;
    /// Of the letters read, those in words that are sure.
    const SURE_SHARE: f32 = 0.4;
    let letters = |word: &RecognizedWord| word.text.chars().filter(|c| c.is_alphanumeric()).count();
    let all: usize = words.iter().map(letters).sum();
    let sure: usize = words.iter().filter(|w| w.confidence >= SURE).map(letters).sum();
    if sure < FEWEST_LETTERS || (sure as f32) < SURE_SHARE * all as f32 {
        return Vec::new();
    }
    let lines = words.chunk_by(|a, b| a.line == b.line).filter(|line| confidence_of(line) >= LINE);
    lines.flatten().filter(|word| word.confidence >= WORD).cloned().collect()
}

/// Mean of the confidences of words (0 to 1), each weighed by its letters; 0 without words.
pub fn mean_confidence<'w>(words: impl IntoIterator<Item = (&'w str, f32)>) -> f32 {
    let (sum, letters) = words.into_iter().fold((0.0, 0.0), |(sum, letters), (text, confidence)| {
        let count = text.chars().count() as f32;
        (sum + confidence * count, letters + count)
    });
    if letters > 0.0 { sum / letters } else { 0.0 }
}

fn confidence_of(words: &[RecognizedWord]) -> f32 {
    mean_confidence(words.iter().map(|word| (word.text.as_str(), word.confidence)))
}

fn no_font() -> FontFace {
    FontFace { name: String::new(), bold: false, italic: false, monospace: false }
}

fn moved(r: &Rect, (dx, dy): (f32, f32)) -> Rect {
    Rect { x0: r.x0 + dx, y0: r.y0 + dy, x1: r.x1 + dx, y1: r.y1 + dy }
}

/// A recognised word as one of the page, moved by `offset` points.
fn page_word(word: RecognizedWord, font: u16, offset: (f32, f32)) -> Word {
    Word {
        text: word.text,
        bbox: moved(&word.bbox, offset),
        baseline: word.baseline + offset.1,
        font,
        size: word.size,
        color: [0; 3],
        angle: 0,
        space_before: true,
        origin: WordOrigin::Ocr { confidence: word.confidence },
        tag: None,
        marked_content: None,
    }
}

#[cfg(test)]
mod tests;
