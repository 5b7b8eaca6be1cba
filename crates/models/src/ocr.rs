//! OCR by tesseract, in this process and on one thread. In: a page as pixels. Out: words with boxes in
//! points, confidences, lines and paragraphs. tesseract is C++ on untrusted pixels: run it in a confined
//! process of its own, one [`Tesseract`] each, started with `OMP_THREAD_LIMIT=1` (read when the process
//! starts: more threads take longer together than one alone).

mod engine;
mod hocr;
mod line;
mod page;

use engine::Engine;
use pagemill_document::Raster;
use pagemill_extract::{Extent, RecognizedPage};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What OCR reads with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TesseractConfig {
    /// The folder of the `.traineddata` files.
    pub data_folder: PathBuf,
    /// Languages by tesseract's names, joined by `+`. Each page is read in the one that reads best, and
    /// what reads badly in that one is tried in the others.
    pub languages: String,
}

impl Default for TesseractConfig {
    fn default() -> Self {
        Self {
            data_folder: PathBuf::from("/usr/share/tesseract-ocr/5/tessdata"),
            languages: "eng+kor".to_owned(),
        }
    }
}

/// Why OCR is not there or did not work.
#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    /// Wrong set-up.
    #[error(
        "tesseract has no data for `{language}` in {}: install it (Debian: tesseract-ocr-{language}) or name its \
         folder in the configuration",
        folder.display()
    )]
    NoData { language: String, folder: PathBuf },
    /// Wrong set-up.
    #[error("no OCR language is configured: name one, such as eng")]
    NoLanguage,
    #[error("tesseract did not start with `{language}`: {reason}")]
    NotStarted { language: String, reason: String },
    #[error("tesseract failed on this page: {0}")]
    Failed(String),
}

/// A running tesseract, one instance a language.
pub struct Tesseract {
    engines: Vec<Engine>,
}

impl Tesseract {
    /// Starts tesseract with the configured languages.
    pub fn start(config: &TesseractConfig) -> Result<Self, OcrError> {
        let engines: Vec<Engine> = config
            .languages
            .split('+')
            .map(str::trim)
            .filter(|language| !language.is_empty())
            .map(|language| Engine::start(&config.data_folder, language))
            .collect::<Result<_, _>>()?;
        if engines.is_empty() {
            return Err(OcrError::NoLanguage);
        }
        Ok(Self { engines })
    }

    /// Of the library, such as `5.3.0`.
    pub fn version() -> String {
        Engine::version()
    }

    /// Reads an image. Boxes are in points of what was rendered, by the raster's `dpi`.
    pub fn recognize(&mut self, raster: &Raster, extent: Extent) -> Result<RecognizedPage, OcrError> {
        match extent {
            Extent::Page => page::recognize(&self.engines, raster),
            Extent::Region => page::recognize_region(&self.engines, raster),
        }
    }
}
