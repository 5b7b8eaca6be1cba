//! The confined processes of whoever reads PDFs: two pools, so that a document that holds a reader can always get a
//! recogniser.

use crate::ProcessLimits;
use crate::child::{self, Role};
use pagemill_models::recognizer::{ConfinedOcr, OcrConfig};
use pagemill_pipeline::read::Readers;
use pagemill_pipeline::{Confined, Failure};
use std::path::Path;
use std::sync::Arc;

/// What reading PDFs needs.
#[derive(Clone, Copy, Debug)]
pub struct ReaderSettings<'c> {
    pub pdfium: &'c Path,
    pub readers: &'c ProcessLimits,
    pub recognizers: &'c ProcessLimits,
    pub ocr: &'c OcrConfig,
}

/// Processes that parse and processes that recognise.
///
/// # Errors
/// `Stop` when a library or data file is missing.
pub fn readers(settings: ReaderSettings<'_>) -> Result<Readers, Failure> {
    let ocr = ConfinedOcr::new(settings.ocr, child::pool(Role::Ocr, settings)?);
    Ok(Readers { confined: confined_reader(settings)?, ocr: Arc::new(ocr) })
}

/// Processes that parse only.
///
/// # Errors
/// As [`readers`].
pub fn confined_reader(settings: ReaderSettings<'_>) -> Result<Arc<dyn Confined>, Failure> {
    child::pool(Role::Reader, settings)
}
