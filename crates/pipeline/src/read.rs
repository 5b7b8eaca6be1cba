//! Reading a PDF through confined processes. In: a file. Out: its pages with words, native or recognised, and
//! what it says of itself. A page that kills its process costs that page; the next process goes on after it.

mod recognize;

use crate::ingest::{Held, MemoryBudget};
use crate::{Confined, Confinement, Death, Failure, Ocr};
use pagemill_document::{DocumentFacts, Grade, OcrReason, Page, Raster, TextSource};
use pagemill_extract::work::{ReadLimits, Request, Response, View};
use pagemill_extract::{RejectReason, Rejection};
use recognize::recognize_pages;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What reading calls: processes that parse, and OCR.
#[derive(Clone)]
pub struct Readers {
    pub confined: Arc<dyn Confined>,
    pub ocr: Arc<dyn Ocr>,
}

/// How PDFs are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadConfig {
    /// A larger file is rejected.
    pub max_file_bytes: u64,
    /// A longer document is rejected.
    pub max_pages: u32,
    /// For opening a file, and for what it says of itself.
    pub open_deadline_seconds: u64,
    /// For reading or rendering one page.
    pub page_deadline_seconds: u64,
    /// Pages that may kill their process before the document is given up.
    pub max_lost_pages: u32,
    pub ocr: OcrPolicy,
    /// Whether OCR looks into images on pages that have text of their own.
    pub ocr_images: bool,
    /// When the OCR engine or its settings change, what it read before is read again only where a page of it graded below
    /// this: `fair`, `good` or `excellent`. All of it is when nothing is said.
    #[serde(deserialize_with = "crate::renewal::grade_with_lower")]
    pub renew_ocr_below: Option<Grade>,
    /// Pages of one document that are recognised at a time.
    pub ocr_parallel: usize,
    /// Pixels of a rendered page, at most; the resolution is lowered to keep within.
    pub max_raster_pixels: u64,
}

impl Default for ReadConfig {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 30,
            max_pages: 5000,
            open_deadline_seconds: 30,
            page_deadline_seconds: 20,
            max_lost_pages: 10,
            ocr: OcrPolicy::Auto,
            ocr_images: true,
            renew_ocr_below: None,
            ocr_parallel: 2,
            max_raster_pixels: 25_000_000,
        }
    }
}

/// When pages are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OcrPolicy {
    /// Where a page has no usable text of its own.
    Auto,
    /// On every page.
    Always,
    /// On none; pages without usable text stay without, with a warning.
    Never,
}

/// A PDF as read.
#[derive(Debug)]
pub struct Reading {
    pub facts: DocumentFacts,
    /// One for each page of the document, in order; a lost page carries `TextSource::Failed`.
    pub pages: Vec<Page>,
    /// The share of memory that the pages are entitled to, until dropped.
    pub held: Option<Held>,
}

/// Reads a whole document.
///
/// # Errors
/// `Reject` when the file cannot be read at all, `Stop` when no process can be started, and whatever OCR
/// answers with `Retry` or `Stop`.
pub async fn read(
    readers: &Readers,
    file: &Path,
    config: &ReadConfig,
    budget: &MemoryBudget,
) -> Result<Reading, Failure> {
    let mut reader = Reader::new(readers.confined.as_ref(), file, config);
    let mut reading = reader.parse(budget).await?;
    if config.ocr != OcrPolicy::Never {
        recognize_pages(&mut reader, readers.ocr.as_ref(), &mut reading.pages).await?;
    }
    Ok(reading)
}

/// Reads what a document itself says; pages that need recognising are left so.
///
/// # Errors
/// `Reject` when the file cannot be read at all, `Stop` when no process can be started.
pub async fn parse(
    confined: &dyn Confined,
    file: &Path,
    config: &ReadConfig,
    budget: &MemoryBudget,
) -> Result<Reading, Failure> {
    Reader::new(confined, file, config).parse(budget).await
}

fn reject_by_size(file: &Path, config: &ReadConfig) -> Result<(), Failure> {
    let size = std::fs::metadata(file)
        .map_err(|error| Failure::retry(format!("{} cannot be read: {error}", file.display())))?
        .len();
    if size > config.max_file_bytes {
        let detail =
            format!("{size} bytes; the limit is {} (ingest.read.max_file_bytes)", config.max_file_bytes);
        return Err(Rejection { reason: RejectReason::TooLarge, detail }.into());
    }
    Ok(())
}

/// Recognises one page of a file that was read before.
///
/// # Errors
/// `Reject` when the file cannot be opened, `Stop` and `Retry` as OCR says.
pub async fn recognize_page(
    readers: &Readers,
    file: &Path,
    config: &ReadConfig,
    page: &mut Page,
) -> Result<(), Failure> {
    let mut reader = Reader::new(readers.confined.as_ref(), file, config);
    recognize_pages(&mut reader, readers.ocr.as_ref(), std::slice::from_mut(page)).await
}

/// Renders one page, RGB.
///
/// # Errors
/// `Reject` when file or page cannot be rendered, `Stop` when no process can be started.
pub async fn render(confined: &dyn Confined, file: &Path, page: u32, dpi: f32) -> Result<Raster, Failure> {
    let config = ReadConfig::default();
    let max_pixels = config.max_raster_pixels;
    Reader::new(confined, file, &config).render(View { page, area: None, dpi, channels: 3, max_pixels }).await
}

/// A file and, while one lives, the process that has it open.
struct Reader<'a> {
    confined: &'a dyn Confined,
    file: PathBuf,
    config: &'a ReadConfig,
    open: Option<(Box<dyn Confinement>, u32)>,
}

impl<'a> Reader<'a> {
    fn new(confined: &'a dyn Confined, file: &Path, config: &'a ReadConfig) -> Self {
        Self { confined, file: file.to_owned(), config, open: None }
    }

    async fn parse(&mut self, budget: &MemoryBudget) -> Result<Reading, Failure> {
        reject_by_size(&self.file, self.config)?;
        let held = self.hold_memory(budget).await?;
        let pages = self.pages().await?;
        let facts = self.facts(pages.len() as u32).await?;
        Ok(Reading { facts, pages, held })
    }

    fn page_deadline(&self) -> Duration {
        Duration::from_secs(self.config.page_deadline_seconds)
    }

    fn open_deadline(&self) -> Duration {
        Duration::from_secs(self.config.open_deadline_seconds)
    }

    /// Opens the file in a fresh turn of a process unless it is open; returns its page count.
    async fn open(&mut self) -> Result<u32, Failure> {
        if let Some((_, page_count)) = &self.open {
            return Ok(*page_count);
        }
        let mut process = self.confined.confine().await.map_err(reject_death)?;
        let limits = ReadLimits { max_pages: self.config.max_pages, ..ReadLimits::default() };
        let request = Request::Open { path: self.file.clone(), limits };
        match exchange(process.as_mut(), &request, self.open_deadline()).await.map_err(reject_death)? {
            Response::Opened { page_count } => {
                self.open = Some((process, page_count));
                Ok(page_count)
            }
            Response::Rejected(rejection) => Err(rejection.into()),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes the memory that the document's pages will need. Whoever has to wait for it gives the process back
    /// first: a process held by one that waits for memory could be the one that the holder of memory needs.
    async fn hold_memory(&mut self, budget: &MemoryBudget) -> Result<Option<Held>, Failure> {
        let page_count = self.open().await?;
        if let Some(held) = budget.try_hold(page_count) {
            return Ok(Some(held));
        }
        self.open = None;
        Ok(budget.hold(page_count).await)
    }

    fn process(&mut self) -> Result<&mut dyn Confinement, Failure> {
        match &mut self.open {
            Some((process, _)) => Ok(process.as_mut()),
            None => Err(Failure::stop("a page was asked of a file that is not open")),
        }
    }

    async fn pages(&mut self) -> Result<Vec<Page>, Failure> {
        let page_count = self.open().await?;
        let mut pages: Vec<Page> = Vec::new();
        let mut lost = 0;
        let mut last_death = None;
        while (pages.len() as u32) < page_count {
            let outcome = self.pages_from(&mut pages, page_count).await;
            let death = match outcome {
                Ok(()) => break,
                Err(PageRun::Failed(failure)) => return Err(failure),
                Err(PageRun::Died(death)) => death,
            };
            self.open = None;
            lost += 1;
            if lost > self.config.max_lost_pages {
                return Err(reject_death(death));
            }
            let number = pages.len() as u32 + 1;
            tracing::warn!(page = number, %death, "a page killed its process");
            pages.push(lost_page(number, &death));
            last_death = Some(death);
            if (pages.len() as u32) < page_count {
                self.open().await?;
            }
        }
        if let Some(death) = last_death.filter(|_| lost as usize == pages.len()) {
            return Err(reject_death(death));
        }
        Ok(pages)
    }

    /// Reads on after the pages that are there, until the last or a death.
    async fn pages_from(&mut self, pages: &mut Vec<Page>, page_count: u32) -> Result<(), PageRun> {
        let deadline = self.page_deadline();
        let (force_ocr, ocr_images) = (self.config.ocr == OcrPolicy::Always, self.config.ocr_images);
        let request = Request::Pages { from: pages.len() as u32 + 1, to: page_count, force_ocr };
        let process = self.process().map_err(PageRun::Failed)?;
        process.send(&encode(&request)?).await?;
        loop {
            match decode(&process.receive(deadline).await?)? {
                Response::Page(mut page) => {
                    if !ocr_images {
                        page.ocr_regions.retain(|region| region.reason != OcrReason::Image);
                    }
                    pages.push(page);
                }
                Response::Done => return Ok(()),
                Response::Rejected(rejection) => return Err(PageRun::Failed(rejection.into())),
                other => return Err(PageRun::Failed(unexpected(&other))),
            }
        }
    }

    /// What the file says of itself. A file that kills the process over this question loses only the answer.
    async fn facts(&mut self, page_count: u32) -> Result<DocumentFacts, Failure> {
        let unknown = |why: String| DocumentFacts {
            page_count,
            warnings: vec![format!("metadata and outline could not be read: {why}")],
            ..DocumentFacts::default()
        };
        self.open().await?;
        let deadline = self.open_deadline();
        match exchange(self.process()?, &Request::Facts, deadline).await {
            Ok(Response::Facts(facts)) => Ok(DocumentFacts { page_count, ..facts }),
            Ok(Response::Rejected(rejection)) => Ok(unknown(rejection.detail)),
            Ok(other) => Err(unexpected(&other)),
            Err(death) => {
                self.open = None;
                Ok(unknown(death.to_string()))
            }
        }
    }

    async fn render(&mut self, view: View) -> Result<Raster, Failure> {
        self.open().await?;
        let deadline = self.page_deadline();
        let request = Request::Render(view);
        match exchange(self.process()?, &request, deadline).await {
            Ok(Response::Raster(raster)) => Ok(raster),
            Ok(Response::Rejected(rejection)) => Err(rejection.into()),
            Ok(other) => Err(unexpected(&other)),
            Err(death) => {
                self.open = None;
                Err(reject_death(death))
            }
        }
    }
}

/// How a run over pages ended early.
enum PageRun {
    Died(Death),
    Failed(Failure),
}

impl From<Death> for PageRun {
    fn from(death: Death) -> Self {
        match death {
            Death::NotStarted(_) => Self::Failed(reject_death(death)),
            other => Self::Died(other),
        }
    }
}

fn lost_page(number: u32, death: &Death) -> Page {
    Page {
        number,
        text_source: TextSource::Failed { error: death.to_string() },
        warnings: vec![format!("page lost: {death}")],
        ..Page::default()
    }
}

/// What the death of a process means for the document it worked on.
pub fn reject_death(death: Death) -> Failure {
    let reason = match &death {
        Death::NotStarted(_) => return Failure::Stop(death.to_string()),
        Death::TimedOut(_) => RejectReason::TimedOut,
        Death::OutOfMemory { .. } => RejectReason::OutOfMemory,
        Death::TooMuchOutput { .. } => RejectReason::TooLarge,
        Death::Crashed { .. } => RejectReason::Crashed,
    };
    Rejection { reason, detail: death.to_string() }.into()
}

async fn exchange(
    process: &mut dyn Confinement,
    request: &Request,
    deadline: Duration,
) -> Result<Response, Death> {
    process.send(&encode(request)?).await?;
    decode(&process.receive(deadline).await?)
}

fn encode(request: &Request) -> Result<Vec<u8>, Death> {
    postcard::to_stdvec(request)
        .map_err(|error| Death::NotStarted(format!("a request could not be encoded: {error}")))
}

fn decode(reply: &[u8]) -> Result<Response, Death> {
    postcard::from_bytes(reply).map_err(|error| Death::Crashed {
        how: format!("unreadable reply: {error}"),
        last_words: String::new(),
    })
}

fn unexpected(response: &Response) -> Failure {
    let name = match response {
        Response::Opened { .. } => "opened",
        Response::Facts(_) => "facts",
        Response::Page(_) => "page",
        Response::Done => "done",
        Response::Raster(_) => "raster",
        Response::Rejected(_) => "rejected",
    };
    let detail = format!("the reading process answered `{name}` out of turn");
    Rejection { reason: RejectReason::Crashed, detail }.into()
}
