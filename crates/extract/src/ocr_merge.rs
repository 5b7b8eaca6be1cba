//! Words of OCR put into a page. In: a page that was read and what OCR recognised on its raster. Out:
//! the page with the recognised words.

use pagemill_document::{FontFace, ImageArea, Page, Rect, Ruling, TextSource, Word, WordOrigin};
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

/// Puts recognised words into a page that needs them; other pages stay as they are.
pub fn apply_ocr(page: &mut Page, recognized: RecognizedPage) {
    let TextSource::NeedsOcr { reason, evidence } = &page.text_source else { return };
    let (reason, evidence) = (*reason, evidence.clone());
    page.fonts = vec![FontFace { name: String::new(), bold: false, italic: false, monospace: false }];
    let letters: f32 = recognized.words.iter().map(|w| w.text.chars().count() as f32).sum();
    let weighed: f32 = recognized.words.iter().map(|w| w.confidence * w.text.chars().count() as f32).sum();
    // Turned clockwise to stand upright: as shown, its text runs that far counter-clockwise.
    let angle = i16::from(recognized.quarter_turns % 4) * 90;
    page.words = recognized
        .words
        .into_iter()
        .map(|word| Word {
            text: word.text,
            bbox: word.bbox,
            baseline: word.baseline,
            font: 0,
            size: word.size,
            color: [0; 3],
            angle,
            space_before: true,
            origin: WordOrigin::Ocr { confidence: word.confidence },
            tag: None,
            marked_content: None,
        })
        .collect();
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
    let confidence = if letters > 0.0 { weighed / letters } else { 0.0 };
    page.text_source = TextSource::Ocr { reason, evidence, confidence };
}
