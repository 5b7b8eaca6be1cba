//! Stages without files, models or processes. A "PDF" is a text, one line a page; a line with `!` makes trouble
//! or is a scan.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "only tests use it")]

use async_trait::async_trait;
use pagemill_connectors::memory::{MemoryArtifacts, MemoryIndex, MemoryObjects, OneSource};
use pagemill_connectors::{CatalogTasks, SqlCatalog};
use pagemill_document::{
    Chunk, DocumentFacts, DocumentId, FontFace, OcrReason, OcrRegion, Page, Raster, Rect, TextSource, Word,
    WordOrigin,
};
use pagemill_extract::{Extent, RecognizedPage, RecognizedWord, RejectReason, Rejection, Request, Response};
use pagemill_pipeline::ingest::{IngestConfig, Run, Stages};
use pagemill_pipeline::read::Readers;
use pagemill_pipeline::{
    Confined, Confinement, Death, DocumentCard, Embedder, Failure, Hit, IndexStatistics, IndexedDocument,
    Objects, Ocr, SearchIndex, SearchQuery,
};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A whole set of stages.
pub struct Plant {
    pub stages: Stages,
    pub objects: Arc<MemoryObjects>,
    pub index: Arc<FaultyIndex>,
    /// Told when a `!hang` page hangs.
    pub hanging: Arc<Notify>,
    _folder: tempfile::TempDir,
}

impl Plant {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = SqlCatalog::open_file(&folder.path().join("catalog.sqlite")).await.expect("a catalog");
        let objects = Arc::new(MemoryObjects::new("plant"));
        let index = Arc::new(FaultyIndex::default());
        let hanging = Arc::new(Notify::new());
        let stages = Stages {
            sources: Arc::new(OneSource(objects.clone())),
            catalog: Arc::new(catalog),
            artifacts: Arc::new(MemoryArtifacts::default()),
            readers: text_readers(hanging.clone()),
            embedder: Arc::new(LetterCounts),
            index: index.clone(),
        };
        Self { stages, objects, index, hanging, _folder: folder }
    }

    pub fn run(&self, config: &IngestConfig, shutdown: &CancellationToken) -> Run {
        Run {
            stages: self.stages.clone(),
            config: config.clone(),
            tasks: Arc::new(CatalogTasks::new(self.stages.catalog.clone(), Some(self.objects.source()))),
            progress: Arc::default(),
            shutdown: shutdown.clone(),
        }
    }

    pub async fn put(&self, key: &str, text: &str) {
        self.objects.put(key, text.as_bytes()).await.expect("put");
    }
}

/// Readers of texts as if they were PDFs; `hanging` is told when a `!hang` page hangs.
pub fn text_readers(hanging: Arc<Notify>) -> Readers {
    Readers { confined: Arc::new(TextReader { hanging }), ocr: Arc::new(OneReading("one reading")) }
}

struct TextReader {
    hanging: Arc<Notify>,
}

#[async_trait]
impl Confined for TextReader {
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death> {
        let hanging = self.hanging.clone();
        Ok(Box::new(Reading { hanging, lines: Vec::new(), replies: VecDeque::new() }))
    }
}

struct Reading {
    hanging: Arc<Notify>,
    lines: Vec<String>,
    replies: VecDeque<Result<Response, Death>>,
}

fn crash() -> Death {
    Death::Crashed { how: "asked to".into(), last_words: String::new() }
}

fn page(number: u32, line: &str) -> Page {
    let mut page = Page { number, width: 600.0, height: 800.0, ..Page::default() };
    match line {
        "!blank" => page.text_source = TextSource::Blank,
        "!scan" | "!faint" => {
            page.text_source =
                TextSource::NeedsOcr { reason: OcrReason::NoText, evidence: "a picture".into() };
        }
        _ => {
            page.fonts = vec![FontFace { name: "Sans".into(), bold: false, italic: false, monospace: false }];
            let (text, picture) = line.strip_suffix(" !picture").map_or((line, false), |text| (text, true));
            page.words = text.split(' ').enumerate().map(|(at, text)| word(at, text)).collect();
            if picture {
                page.ocr_regions.push(OcrRegion {
                    bbox: Rect::new(60.0, 300.0, 400.0, 500.0),
                    reason: OcrReason::Image,
                    evidence: "an image".into(),
                    confidence: None,
                });
            }
        }
    }
    page
}

fn word(at: usize, text: &str) -> Word {
    let x0 = 60.0 + at as f32 * 50.0;
    Word {
        text: text.to_owned(),
        bbox: Rect::new(x0, 100.0, x0 + 40.0, 110.0),
        baseline: 109.0,
        font: 0,
        size: 10.0,
        color: [0; 3],
        angle: 0,
        space_before: true,
        origin: WordOrigin::Native,
        tag: None,
        marked_content: None,
    }
}

#[async_trait]
impl Confinement for Reading {
    async fn send(&mut self, request: &[u8]) -> Result<(), Death> {
        self.replies.clear();
        match postcard::from_bytes(request).expect("a request") {
            Request::Open { path, .. } => {
                let text = std::fs::read_to_string(path).expect("the spooled text");
                self.lines = text.lines().map(str::to_owned).collect();
                let locked = self.lines.iter().any(|line| line == "!locked");
                let rejected = Rejection { reason: RejectReason::Encrypted, detail: "locked".into() };
                // The line about facts is no page.
                let page_count = self.lines.iter().filter(|line| *line != "!no facts").count() as u32;
                let reply =
                    if locked { Response::Rejected(rejected) } else { Response::Opened { page_count } };
                self.replies.push_back(Ok(reply));
            }
            Request::Facts => {
                let dies = self.lines.iter().any(|line| line == "!no facts");
                self.replies.push_back(if dies {
                    Err(crash())
                } else {
                    Ok(Response::Facts(DocumentFacts::default()))
                });
            }
            Request::Pages { from, to, .. } => {
                for number in from..=to {
                    let line = self.lines[number as usize - 1].clone();
                    let reply =
                        if line == "!die" { Err(crash()) } else { Ok(Response::Page(page(number, &line))) };
                    self.replies.push_back(reply);
                }
                self.replies.push_back(Ok(Response::Done));
            }
            Request::Render(view) => {
                let ink = if self.lines[view.page as usize - 1] == "!faint" { FAINT } else { 0 };
                let raster = Raster { width: 1, height: 1, channels: 1, dpi: view.dpi, data: vec![ink] };
                self.replies.push_back(Ok(Response::Raster(raster)));
            }
        }
        Ok(())
    }

    async fn receive(&mut self, _deadline: Duration) -> Result<Vec<u8>, Death> {
        if self.lines.iter().any(|line| line == "!hang") {
            self.hanging.notify_one();
            return std::future::pending().await;
        }
        let reply = self.replies.pop_front().expect("a reply was asked for");
        reply.map(|response| postcard::to_stdvec(&response).expect("encodes"))
    }
}

/// The one pixel of a `!faint` page.
const FAINT: u8 = 200;

/// OCR of this identity that reads the same on every page, and on a `!faint` one is not sure of it.
pub struct OneReading(pub &'static str);

#[async_trait]
impl Ocr for OneReading {
    fn identity(&self) -> &str {
        self.0
    }

    fn dpi(&self) -> f32 {
        200.0
    }

    async fn recognize(&self, raster: Raster, _extent: Extent) -> Result<RecognizedPage, Failure> {
        let confidence = if raster.data.contains(&FAINT) { 0.4 } else { 0.99 };
        let words = ["recognised", "words"].into_iter().enumerate().map(|(at, text)| RecognizedWord {
            text: text.into(),
            bbox: Rect::new(60.0 + at as f32 * 80.0, 100.0, 130.0 + at as f32 * 80.0, 112.0),
            baseline: 110.0,
            size: 10.0,
            confidence,
            line: 0,
            paragraph: 0,
        });
        Ok(RecognizedPage { words: words.collect(), ..RecognizedPage::default() })
    }
}

/// Vectors that count letters.
pub struct LetterCounts;

#[async_trait]
impl Embedder for LetterCounts {
    fn identity(&self) -> &str {
        "letter counts"
    }

    fn dimensions(&self) -> usize {
        26
    }

    fn max_tokens(&self) -> usize {
        512
    }

    fn count_tokens(&self, passage: &str) -> usize {
        passage.split_whitespace().count() + 2
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(passages.iter().map(|passage| counts(passage)).collect())
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        Ok(counts(query))
    }
}

fn counts(text: &str) -> Vec<f32> {
    let mut vector = [1e-3; 26];
    for letter in text.bytes().filter(u8::is_ascii_lowercase) {
        vector[usize::from(letter - b'a')] += 1.0;
    }
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter().map(|x| x / norm).collect()
}

#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Retry,
    Stop,
}

/// The index in memory, with writes that fail when told to.
#[derive(Default)]
pub struct FaultyIndex {
    index: MemoryIndex,
    failing: AtomicU32,
    fault: Mutex<Option<Fault>>,
}

impl FaultyIndex {
    pub fn fail_next(&self, writes: u32, fault: Fault) {
        *self.fault.lock().expect("not poisoned") = Some(fault);
        self.failing.store(writes, Ordering::SeqCst);
    }
}

#[async_trait]
impl SearchIndex for FaultyIndex {
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure> {
        let left = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let fault = *self.fault.lock().expect("not poisoned");
        match (left, fault) {
            (Ok(_), Some(Fault::Retry)) => {
                Err(Failure::Retry { after: Duration::from_millis(1), detail: "the index is away".into() })
            }
            (Ok(_), Some(Fault::Stop)) => Err(Failure::stop("the index is not set up")),
            _ => self.index.replace(document).await,
        }
    }

    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        self.index.delete(documents).await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure> {
        self.index.search(query).await
    }

    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure> {
        self.index.card(document).await
    }

    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure> {
        self.index.cards(after, limit).await
    }

    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure> {
        self.index.chunks(document).await
    }

    async fn statistics(&self) -> Result<IndexStatistics, Failure> {
        self.index.statistics().await
    }
}
