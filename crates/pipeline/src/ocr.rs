//! The seam to OCR. In: a page as pixels. Out: words with boxes and confidences.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::Raster;
use pagemill_extract::{Extent, RecognizedPage};

#[async_trait]
pub trait Ocr: Send + Sync {
    /// Names engine, data and languages.
    fn identity(&self) -> &str;

    /// Dots per inch it wants pages rendered at that are no scans; a scan is rendered at its own.
    fn dpi(&self) -> f32;

    /// Words of a page or of a part of one; boxes in points of what was rendered.
    async fn recognize(&self, raster: Raster, extent: Extent) -> Result<RecognizedPage, Failure>;
}
