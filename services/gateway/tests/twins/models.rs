//! Twins of what runs on a device or in a confined process: an embedder that counts words, a model that says what it is
//! told, a renderer that paints the cited box.

use super::library::{CITED, CITED_PAGE, PAGE_POINTS};
use async_trait::async_trait;
use pagemill_document::{DocumentFacts, OcrReason, Page, Raster, TextSource};
use pagemill_extract::work::{Request, Response};
use pagemill_pipeline::{
    Confined, Confinement, Death, Embedder, Failure, GenerationEnd, GenerationRequest, Generator,
};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// Words hashed into 64 counts: texts that share words are alike.
pub struct WordCounts;

impl WordCounts {
    pub fn vector(text: &str) -> Vec<f32> {
        let mut counts = vec![0.0f32; 64];
        for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3) {
            let place = word.bytes().fold(7usize, |hash, byte| (hash * 31 + usize::from(byte)) % 64);
            counts[place] += 1.0;
        }
        let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt().max(1e-6);
        counts.into_iter().map(|count| count / length).collect()
    }
}

#[async_trait]
impl Embedder for WordCounts {
    fn identity(&self) -> &str {
        "word-counts"
    }

    fn dimensions(&self) -> usize {
        64
    }

    fn max_tokens(&self) -> usize {
        512
    }

    fn count_tokens(&self, passage: &str) -> usize {
        passage.split_whitespace().count()
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(passages.iter().map(|passage| Self::vector(passage)).collect())
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        Ok(Self::vector(query))
    }
}

/// A model that says what it is told to, word by word.
pub struct Script {
    says: Mutex<String>,
    /// Words wait for permits here after the third when `gated`.
    pub gate: Semaphore,
    gated: Mutex<bool>,
    /// Generations that ended because nobody listened any more.
    pub abandoned: AtomicU32,
    pub begun: Semaphore,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            says: Mutex::new("Employees receive 25 days of annual leave [1].".to_owned()),
            gate: Semaphore::new(0),
            gated: Mutex::new(false),
            abandoned: AtomicU32::new(0),
            begun: Semaphore::new(0),
        }
    }
}

impl Script {
    pub fn say(&self, text: &str) {
        *self.says.lock().unwrap() = text.to_owned();
    }

    /// From now on a draft stops after its third word until `gate` gets a permit.
    pub fn hold_back(&self) {
        *self.gated.lock().unwrap() = true;
    }
}

/// Counts a generation that was dropped before its end.
struct Abandoned<'a>(&'a AtomicU32, bool);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Generator for Script {
    fn identity(&self) -> &str {
        "script"
    }

    fn context_tokens(&self) -> usize {
        4096
    }

    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure> {
        Ok(texts.iter().map(|text| text.split_whitespace().count()).collect())
    }

    async fn generate(
        &self,
        _: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        let says = self.says.lock().unwrap().clone();
        let gated = *self.gated.lock().unwrap();
        let mut ended = Abandoned(&self.abandoned, false);
        self.begun.add_permits(1);
        for (word, at) in says.split_inclusive(' ').zip(0..) {
            if gated && at == 3 {
                self.gate.acquire().await.unwrap().forget();
            }
            if pieces.send(word.to_owned()).await.is_err() {
                break;
            }
        }
        ended.1 = true;
        Ok(GenerationEnd { prompt_tokens: 1, generated_tokens: 1, complete: true })
    }
}

/// Of each document.
const PAGES: u32 = 3;

/// Renders white pages with grey lines; on the cited page a dark bar fills the cited box.
#[derive(Default)]
pub struct PaintedPages {
    pub rendered: AtomicU32,
}

struct PaintedPage {
    rendered: u32,
    replies: VecDeque<Vec<u8>>,
}

#[async_trait]
impl Confined for PaintedPages {
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death> {
        let rendered = self.rendered.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Box::new(PaintedPage { rendered, replies: VecDeque::new() }))
    }
}

#[async_trait]
impl Confinement for PaintedPage {
    async fn send(&mut self, request: &[u8]) -> Result<(), Death> {
        let replies = match postcard::from_bytes(request).unwrap() {
            Request::Open { .. } => vec![Response::Opened { page_count: PAGES }],
            Request::Render(view) => vec![Response::Raster(paint(view.page, view.dpi))],
            Request::Facts => vec![Response::Facts(DocumentFacts::default())],
            Request::Pages { from, to, .. } => {
                (from..=to).map(|number| Response::Page(read(number))).chain([Response::Done]).collect()
            }
        };
        self.replies.extend(replies.iter().map(|reply| postcard::to_stdvec(reply).unwrap()));
        Ok(())
    }

    async fn receive(&mut self, _: Duration) -> Result<Vec<u8>, Death> {
        let rendered = self.rendered;
        self.replies.pop_front().ok_or_else(|| Death::Crashed {
            how: format!("nothing was asked of process {rendered}"),
            last_words: String::new(),
        })
    }
}

/// The last page of each document is a picture.
fn read(number: u32) -> Page {
    let scan = TextSource::NeedsOcr { reason: OcrReason::NoText, evidence: "a picture".into() };
    let text_source = if number == PAGES { scan } else { TextSource::Native };
    Page { number, text_source, ..Page::default() }
}

fn paint(page: u32, dpi: f32) -> Raster {
    let scale = dpi / 72.0;
    let (width, height) = ((PAGE_POINTS.0 * scale).round() as u32, (PAGE_POINTS.1 * scale).round() as u32);
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for row in 0..height {
        for column in 0..width {
            let (x, y) = ((column as f32 + 0.5) / scale, (row as f32 + 0.5) / scale);
            let cited = page == CITED_PAGE && CITED.contains_point(x, y);
            let line = (72.0..523.0).contains(&x) && (72.0..540.0).contains(&y) && y % 16.0 < 5.0;
            data.extend(if cited {
                [20, 30, 90]
            } else if line {
                [205, 205, 205]
            } else {
                [255, 255, 255]
            });
        }
    }
    Raster { width, height, channels: 3, dpi, data }
}
