//! The seam to OCR. In: a page as pixels. Out: words with boxes and confidences.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::Raster;
use pagemill_extract::RecognizedPage;

#[async_trait]
pub trait Ocr: Send + Sync {
    /// Names engine, data and languages.
    fn identity(&self) -> &str;

    /// Dots per inch it wants pages rendered at that are no scans; a scan is rendered at its own.
    fn dpi(&self) -> f32;

    /// Words of a page; boxes in points of the page.
    async fn recognize(&self, raster: Raster) -> Result<RecognizedPage, Failure>;
}
