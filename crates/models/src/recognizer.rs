//! OCR behind its seam: on one side the page image goes to a confined process, on the other tesseract reads it there.
//! In: a page as pixels. Out: words with boxes in points and confidences.

use crate::ocr::{Tesseract, TesseractConfig};
use async_trait::async_trait;
use pagemill_document::Raster;
use pagemill_extract::{Extent, RecognizedPage};
use pagemill_pipeline::{Confined, Failure, Ocr, read::reject_death};
use serde::Deserialize;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tesseract_rs::TesseractAPI;

const DATA_VARIABLE: &str = "PAGEMILL_TESSDATA";
const LANGUAGES_VARIABLE: &str = "PAGEMILL_OCR_LANGUAGES";

/// What OCR reads with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OcrConfig {
    /// tesseract's names, joined by `+`.
    pub languages: String,
    /// Dots per inch at which pages are rendered that are no scans; a scan is rendered at its own.
    pub dpi: f32,
    /// The folder of the `.traineddata` files.
    pub data_folder: PathBuf,
    /// A page that takes longer is given up.
    pub page_deadline_seconds: u64,
}

impl Default for OcrConfig {
    fn default() -> Self {
        Self {
            languages: "eng+kor".into(),
            dpi: 200.0,
            data_folder: "/usr/share/tesseract-ocr/5/tessdata".into(),
            page_deadline_seconds: 120,
        }
    }
}

/// The environment of a confined process that recognises.
///
/// # Errors
/// `Stop` when the data of a language is missing.
pub fn child_variables(config: &OcrConfig) -> Result<Vec<(OsString, OsString)>, Failure> {
    for language in config.languages.split('+') {
        let data = config.data_folder.join(format!("{language}.traineddata"));
        if !data.is_file() {
            return Err(Failure::stop(format!(
                "tesseract's data {} is missing; install tesseract-ocr-{language}, or set `ocr.languages` or \
                 `ocr.data_folder`",
                data.display()
            )));
        }
    }
    Ok(vec![
        (DATA_VARIABLE.into(), config.data_folder.clone().into()),
        (LANGUAGES_VARIABLE.into(), config.languages.clone().into()),
        // One thread a process: the pool is what runs side by side.
        ("OMP_THREAD_LIMIT".into(), "1".into()),
    ])
}

type Recognized = Result<RecognizedPage, String>;

/// OCR by a pool of confined processes.
pub struct ConfinedOcr {
    confined: Arc<dyn Confined>,
    identity: String,
    dpi: f32,
    deadline: Duration,
}

impl ConfinedOcr {
    pub fn new(config: &OcrConfig, confined: Arc<dyn Confined>) -> Self {
        Self {
            confined,
            identity: format!("tesseract-{}:{}@{}", TesseractAPI::version(), config.languages, config.dpi),
            dpi: config.dpi,
            deadline: Duration::from_secs(config.page_deadline_seconds),
        }
    }
}

#[async_trait]
impl Ocr for ConfinedOcr {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn dpi(&self) -> f32 {
        self.dpi
    }

    async fn recognize(&self, raster: Raster, extent: Extent) -> Result<RecognizedPage, Failure> {
        let request = postcard::to_stdvec(&(&raster, extent))
            .map_err(|error| Failure::stop(format!("a page image could not be packed: {error}")))?;
        drop(raster);
        let mut turn = self.confined.confine().await.map_err(reject_death)?;
        turn.send(&request).await.map_err(reject_death)?;
        let reply = turn.receive(self.deadline).await.map_err(reject_death)?;
        let crashed = |detail: String| {
            let reason = pagemill_extract::RejectReason::Crashed;
            Failure::from(pagemill_extract::Rejection { reason, detail })
        };
        let recognized: Recognized = postcard::from_bytes(&reply)
            .map_err(|error| crashed(format!("OCR answered gibberish: {error}")))?;
        recognized.map_err(|why| crashed(format!("OCR failed: {why}")))
    }
}

/// tesseract in this process, which should be a confined one.
pub struct Engine {
    tesseract: Tesseract,
}

impl Engine {
    /// Starts tesseract as the variables of [`child_variables`] say.
    ///
    /// # Errors
    /// When tesseract does not start.
    pub fn from_child_variables() -> Result<Self, String> {
        let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        let config = TesseractConfig {
            data_folder: variable(DATA_VARIABLE)?.into(),
            languages: variable(LANGUAGES_VARIABLE)?,
        };
        let tesseract = Tesseract::start(&config).map_err(|error| error.to_string())?;
        Ok(Self { tesseract })
    }

    /// Answers one packed raster and its extent with what was recognised, packed.
    pub fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let recognized: Recognized = match postcard::from_bytes::<(Raster, Extent)>(request) {
            Ok((raster, extent)) => {
                self.tesseract.recognize(&raster, extent).map_err(|error| error.to_string())
            }
            Err(error) => Err(format!("an unreadable image: {error}")),
        };
        postcard::to_stdvec(&recognized).unwrap_or_default()
    }
}
