//! One page as it was read: words with box and style, ruling lines, images, and where its text comes
//! from. What the reader and OCR produce and segmenting consumes. Never structure: that is a `Block`.

use crate::Rect;
use serde::{Deserialize, Serialize};

/// A page as read. Boxes are in points, origin top left, in the frame of the page as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Points, after rotation.
    pub width: f32,
    /// Points, after rotation.
    pub height: f32,
    /// The page's own rotation in degrees clockwise: 0, 90, 180 or 270. Already applied to all boxes.
    pub rotation: u16,
    /// In content stream order, or in the order of OCR.
    pub words: Vec<Word>,
    /// Faces that `Word::font` points into.
    pub fonts: Vec<FontFace>,
    pub rulings: Vec<Ruling>,
    /// Painted areas other than white: table shading, boxes, bars of a chart.
    pub fills: Vec<Fill>,
    pub images: Vec<ImageArea>,
    pub text_source: TextSource,
    /// Parts of a page with text of its own that have to be read from their picture, or were.
    pub ocr_regions: Vec<OcrRegion>,
    /// Degrees by which the text of a scan was found turned (small angle); 0 for native text.
    pub skew_degrees: f32,
    /// What was lost or doubtful on this page, in words.
    pub warnings: Vec<String>,
}

/// A run of glyphs without a space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// NFC text, never empty.
    pub text: String,
    pub bbox: Rect,
    /// y of the baseline in points from the top; the lower edge of `bbox` where it is unknown. Of recognised
    /// text that runs along the page, its x.
    pub baseline: f32,
    /// Index into `Page::fonts`.
    pub font: u16,
    /// Em size in points as shown.
    pub size: f32,
    /// Fill colour, sRGB.
    pub color: [u8; 3],
    /// Writing direction in degrees, counter-clockwise from left-to-right; 0 for ordinary text.
    pub angle: i16,
    /// Whether white space stands between this word and the one before it in the stream.
    pub space_before: bool,
    pub origin: WordOrigin,
    /// Role that the document's own tags give it, where it has tags.
    pub tag: Option<TagRole>,
    /// Marked content id within the page, which groups words of one tagged element.
    pub marked_content: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum WordOrigin {
    /// The PDF's own text.
    Native,
    /// Recognised, with the engine's confidence from 0 to 1.
    Ocr { confidence: f32 },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FontFace {
    /// Base font name without the subset prefix; empty for OCR.
    pub name: String,
    pub bold: bool,
    pub italic: bool,
    pub monospace: bool,
}

/// A role of PDF structure (ISO 32000-2, 14.8.4) as far as segmenting uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TagRole {
    Heading { level: u8 },
    Paragraph,
    ListItem,
    TableCell,
    Caption,
    Figure,
    Note,
    Artifact,
}

/// A straight horizontal or vertical line, drawn or the edge of a thin rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    pub bbox: Rect,
    /// Points.
    pub thickness: f32,
    pub horizontal: bool,
}

/// A filled area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    pub bbox: Rect,
    pub color: [u8; 3],
}

/// An image placed on the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageArea {
    pub bbox: Rect,
    /// Pixels of the image itself.
    pub pixels: (u32, u32),
    /// Dots per inch as placed, the smaller of the two axes.
    pub dpi: f32,
}

/// Where the text of a page comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// The page's own text is usable.
    #[default]
    Native,
    /// The page needs OCR and has not had it (yet): why, with the evidence.
    NeedsOcr { reason: OcrReason, evidence: String },
    /// OCR gave the words: why it was asked, with the evidence, and the mean word confidence (0 to 1).
    Ocr { reason: OcrReason, evidence: String, confidence: f32 },
    /// Nothing to read: a blank page or a picture without text.
    Blank,
    /// The page could not be read: why.
    Failed { error: String },
}

/// A part of a page that is read from its picture, while the rest of the page has text of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcrRegion {
    /// Points, as shown.
    pub bbox: Rect,
    pub reason: OcrReason,
    pub evidence: String,
    /// Mean word confidence (0 to 1); `None` until OCR has read it.
    pub confidence: Option<f32>,
}

/// Why a page or a part of it needs OCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OcrReason {
    /// Images or drawings cover the page and no glyph does.
    NoText,
    /// Glyphs that map to nothing: unmapped, private use, U+FFFD.
    UnmappedText,
    /// A hidden text layer over a scan that does not read as language.
    GarbageLayer,
    /// Text that reads as no language: a wrong mapping.
    GarbledText,
    /// An image that no text stands over, on a page with text: it may hold text.
    Image,
    /// Asked for by configuration.
    Forced,
}

/// A rendered page or image: 8-bit grey or RGB, rows from the top without padding.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Raster {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// Dots per inch at which the page was rendered.
    pub dpi: f32,
    /// `width * height * channels` bytes.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raster({}x{}x{} at {} dpi)", self.width, self.height, self.channels, self.dpi)
    }
}
