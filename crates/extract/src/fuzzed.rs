//! What the fuzz targets reach beyond the public interface; compiled for them alone. In and out: as the functions
//! themselves say. Adds nothing of its own.

pub use crate::facts::of_file as facts_of_file;
pub use crate::facts::text::{date, decode, keywords, tidy as tidy_fact};
pub use crate::facts::xmp::complete as complete_from_xmp;
pub use crate::ocr_need::{Evidence, Layer, judge as judge_ocr_need};
pub use crate::pdfium::Segment;
pub use crate::read::glyphs::{Glyph, GlyphKind, PageGlyphs, Style};
pub use crate::read::rulings::{Stroke, join as join_strokes, outlines};
pub use crate::read::unicode::{push as push_character, tidy as tidy_text};
pub use crate::read::words::{ReadWords, words as words_of_glyphs};
