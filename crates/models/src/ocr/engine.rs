//! One tesseract instance in one language. In: an image and a part of it. Out: words.

use super::OcrError;
use super::hocr::{self, FoundWord};
use pagemill_extract::raster::{Grey, Region};
use std::path::Path;
use tesseract_rs::{TessPageSegMode, TesseractAPI, TesseractError};

/// How a part of an image is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// tesseract finds columns and blocks itself. Good for Latin letters; loses lines of Hangul, whose
    /// letters it takes for dirt.
    Page,
    /// One column of lines of any size.
    Column,
    /// Lines of one size, one below the other.
    Block,
    /// One line.
    Line,
}

pub struct Engine {
    api: TesseractAPI,
    language: String,
}

impl Engine {
    pub fn version() -> String {
        TesseractAPI::version()
    }

    /// Loads the data of a language.
    pub fn start(folder: &Path, language: &str) -> Result<Self, OcrError> {
        /// The recogniser by neural network alone; Debian's data holds no other.
        const LSTM_ONLY: i32 = 1;
        if !folder.join(format!("{language}.traineddata")).is_file() {
            return Err(OcrError::NoData { language: language.to_owned(), folder: folder.to_path_buf() });
        }
        let not_started =
            |reason: &str| OcrError::NotStarted { language: language.to_owned(), reason: reason.to_owned() };
        let folder = folder.to_str().ok_or_else(|| not_started("the path of its data is not UTF-8"))?;
        let api = TesseractAPI::new();
        api.init_2(folder, language, LSTM_ONLY).map_err(|error| not_started(&error.to_string()))?;
        // tesseract writes remarks to standard error; nobody reads them there.
        api.set_variable("debug_file", "/dev/null").map_err(|error| not_started(&error.to_string()))?;
        Ok(Self { api, language: language.to_owned() })
    }

    /// Whether it reads a script with thousands of letters, made of parts that layout analysis takes for
    /// dirt.
    pub fn is_of_blocks(&self) -> bool {
        ["kor", "jpn", "chi"].iter().any(|name| self.language.starts_with(name))
    }

    /// Takes an image to read parts of.
    pub fn take<'e>(&'e self, image: &Grey, dpi: f32) -> Result<Reading<'e>, OcrError> {
        let (Ok(width), Ok(height)) = (i32::try_from(image.width), i32::try_from(image.height)) else {
            return Err(OcrError::Failed("the image is too large".to_owned()));
        };
        self.api.set_image(&image.data, width, height, 1, width).map_err(failed)?;
        self.api.set_source_resolution(dpi.round() as i32).map_err(failed)?;
        Ok(Reading { engine: self })
    }
}

/// An engine with an image taken.
pub struct Reading<'e> {
    engine: &'e Engine,
}

impl Reading<'_> {
    /// Reads a part of the image. Boxes are in pixels of the whole image.
    pub fn read(&self, part: &Region, layout: Layout) -> Result<Vec<FoundWord>, OcrError> {
        if part.width() == 0 || part.height() == 0 {
            return Ok(Vec::new());
        }
        let api = &self.engine.api;
        api.set_page_seg_mode(match layout {
            Layout::Page => TessPageSegMode::PSM_AUTO,
            Layout::Column => TessPageSegMode::PSM_SINGLE_COLUMN,
            Layout::Block => TessPageSegMode::PSM_SINGLE_BLOCK,
            Layout::Line => TessPageSegMode::PSM_SINGLE_LINE,
        })
        .map_err(failed)?;
        let [x, y, width, height] = [part.x0, part.y0, part.width(), part.height()].map(|v| v as i32);
        api.set_rectangle(x, y, width, height).map_err(failed)?;
        api.recognize().map_err(failed)?;
        let account = api.get_hocr_text(0).map_err(failed)?;
        let text = api.get_utf8_text().map_err(failed)?;
        Ok(hocr::words_as_spaced(&account, &text))
    }
}

fn failed(error: TesseractError) -> OcrError {
    OcrError::Failed(error.to_string())
}
