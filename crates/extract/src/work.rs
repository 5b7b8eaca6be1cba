//! The work on one PDF, as requests and responses. In: a path, then requests about it. Out: page values,
//! facts and rasters, or a rejection that says what to do. Runs in a child process that may be killed at
//! any moment; the parent names those deaths. Opens no other file, starts nothing, reads no clock.

mod child;
mod content;
mod drawn;
mod forms;
mod limits;
mod rejection;
mod render;

pub use limits::ReadLimits;
pub use rejection::{RejectReason, Rejection};

use crate::pdfium::{Document, LoadError, OpenError, Page as PdfPage, Pdfium};
use crate::{facts, read};
use pagemill_document::{DocumentFacts, Page, Raster, Rect, TextSource};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the parent asks for. Everything but `Open` is about the document that was opened last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Answered by `Opened` or `Rejected`.
    Open { path: PathBuf, limits: ReadLimits },
    /// Answered by `Facts`. Asked apart, so that its failure costs only the facts.
    Facts,
    /// Pages `from` to `to`, both included, counted from 1. Answered by a `Page` for each, in order, then
    /// `Done`.
    Pages { from: u32, to: u32, force_ocr: bool },
    /// One page as pixels, or an area of it. Answered by `Raster` or `Rejected`.
    Render(View),
}

/// What of a page is rendered, and how.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// From 1.
    pub page: u32,
    /// Points, as shown; the whole page when there is none.
    pub area: Option<Rect>,
    /// Lowered to keep within `max_pixels`.
    pub dpi: f32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// Of what is rendered.
    pub max_pixels: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Response {
    Opened { page_count: u32 },
    Facts(DocumentFacts),
    Page(Page),
    Done,
    Raster(Raster),
    Rejected(Rejection),
}

/// Serves requests about one document after the other.
pub struct Reader {
    pdfium: Pdfium,
    open: Option<Open>,
}

struct Open {
    document: Document,
    path: PathBuf,
    limits: ReadLimits,
    /// Pages that pdfium is not asked for, with what is said of them; looked for before the first page is read.
    refused: OnceCell<BTreeMap<u32, String>>,
}

impl Reader {
    /// Loads pdfium. Once in a process.
    pub fn load(libpdfium: &Path) -> Result<Self, LoadError> {
        Ok(Self { pdfium: Pdfium::load(libpdfium)?, open: None })
    }

    /// Answers one request, by one response or several.
    pub fn serve(&mut self, request: Request, reply: &mut dyn FnMut(Response)) {
        match request {
            Request::Open { path, limits } => {
                self.open = None;
                match self.open(path, limits) {
                    Ok(page_count) => reply(Response::Opened { page_count }),
                    Err(rejection) => reply(Response::Rejected(rejection)),
                }
            }
            Request::Facts => match &self.open {
                Some(open) => {
                    reply(Response::Facts(facts::read_facts(&open.path, &open.document, &open.limits)));
                }
                None => reply(Response::Rejected(Rejection::nothing_open())),
            },
            Request::Pages { from, to, force_ocr } => match &self.open {
                Some(open) => {
                    for number in from.max(1)..=to.min(open.document.page_count()) {
                        reply(Response::Page(open.page(number, force_ocr)));
                    }
                    reply(Response::Done);
                }
                None => reply(Response::Rejected(Rejection::nothing_open())),
            },
            Request::Render(view) => match &self.open {
                Some(open) => match open.render(&view) {
                    Ok(raster) => reply(Response::Raster(raster)),
                    Err(rejection) => reply(Response::Rejected(rejection)),
                },
                None => reply(Response::Rejected(Rejection::nothing_open())),
            },
        }
    }

    fn open(&mut self, path: PathBuf, limits: ReadLimits) -> Result<u32, Rejection> {
        limits::check_file(&path, &limits)?;
        let document = Document::open(&self.pdfium, &path).map_err(rejected)?;
        let page_count = document.page_count();
        limits::check_pages(page_count, &limits)?;
        self.open = Some(Open { document, path, limits, refused: OnceCell::new() });
        Ok(page_count)
    }
}

/// Annotations that show text of their own (`FPDF_ANNOT_*`): text typed onto the page, stamps, form fields.
const TYPED: [i32; 3] = [3, 13, 20];

impl Open {
    /// What is said of a page that pdfium is not asked for.
    fn refusal(&self, number: u32) -> Option<&str> {
        let refused = self.refused.get_or_init(|| drawn::refused_pages(&self.path, &self.limits));
        refused.get(&number).map(String::as_str)
    }

    fn render(&self, view: &View) -> Result<Raster, Rejection> {
        match self.refusal(view.page) {
            Some(why) => Err(Rejection::new(RejectReason::TooLarge, why)),
            None => render::render(&self.document, view),
        }
    }

    fn page(&self, number: u32, force_ocr: bool) -> Page {
        if let Some(why) = self.refusal(number) {
            let error = why.to_owned();
            return Page { number, text_source: TextSource::Failed { error }, ..Page::default() };
        }
        let load = || self.document.page(number - 1);
        // What forms are filled in with and what is typed onto a page stands beside its content.
        let shows_text = |page: &PdfPage<'_>| page.annotation_kinds().iter().any(|k| TYPED.contains(k));
        let loaded = match load() {
            Some(page) if shows_text(&page) && page.flatten() => {
                drop(page);
                load()
            }
            loaded => loaded,
        };
        let Some(loaded) = loaded else {
            let error = "the page is missing or damaged".to_owned();
            return Page { number, text_source: TextSource::Failed { error }, ..Page::default() };
        };
        let mut page = read::read_page(&loaded, number, self.document.is_tagged(), &self.limits);
        if force_ocr {
            read::force_ocr(&mut page);
        }
        page
    }
}

fn rejected(error: OpenError) -> Rejection {
    let reason = match error {
        OpenError::File => RejectReason::Unreadable,
        OpenError::Format | OpenError::Other(_) => RejectReason::Unreadable,
        OpenError::Password => RejectReason::Encrypted,
        OpenError::Security => RejectReason::Encrypted,
    };
    Rejection { reason, detail: error.to_string() }
}
