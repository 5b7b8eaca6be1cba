//! What a source will cost, before anything is begun: counted where counting is cheap, sampled where it is not. In: a
//! source, confined readers, a recogniser where there is one. Out: documents, pages, the share that needs OCR, time at so many workers, each with an
//! interval. Writes nothing anywhere.

use crate::ingest::MemoryBudget;
use crate::read::{self, OcrPolicy, ReadConfig, Readers};
use crate::{Confined, Failure, Fetched, ListedObject, Objects, Ocr};
use futures::StreamExt;
use pagemill_document::{Page, TextSource};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;
use std::sync::Arc;
use tokio::time::Instant;

/// Documents that are opened.
const SAMPLE: usize = 40;
/// For the pages of the one document that is open.
const MEMORY_MIB: usize = 384;
/// Objects listed between two words about it.
const LISTED_AT_ONCE: u64 = 1000;
/// Resampling: how often, and which share of the outcomes the interval holds.
const RESAMPLES: usize = 1000;
const INTERVAL: (f64, f64) = (0.05, 0.95);
/// The same source gives the same sample.
const SEED: u64 = 7;

/// What documents are opened with.
#[derive(Clone)]
pub struct Sampling {
    pub confined: Arc<dyn Confined>,
    /// Times the pages that need it; without one they are counted only.
    pub ocr: Option<Arc<dyn Ocr>>,
    /// As ingest reads.
    pub read: ReadConfig,
}

/// How far a forecast is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Looked {
    pub listed: u64,
    /// Documents opened, of so many that will be; none while listing goes on.
    pub opened: usize,
    pub sample: usize,
}

/// A value and the interval that holds it in nine of ten such samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forecast {
    pub documents: u64,
    pub bytes: u64,
    /// Documents that were opened for this.
    pub sampled: usize,
    /// Of those, documents that cannot go in, and why the first could not.
    pub rejected: usize,
    pub first_rejection: Option<String>,
    pub pages: Estimate,
    /// Of the pages, 0 to 1.
    pub ocr_share: Estimate,
    /// Of one worker with one core, for reading and recognising; embedding comes on top.
    pub read_seconds: Estimate,
    /// Whether recognising is part of `read_seconds`: not where there is no recogniser.
    pub recognition_timed: bool,
}

/// What one opened document was like.
#[derive(Clone, Copy, Debug, Default)]
struct Opened {
    pages: f64,
    ocr_pages: f64,
    seconds: f64,
}

/// Lists the whole source, opens a sample of it. `told` hears how far it is.
///
/// # Errors
/// `Retry` or `Stop` when the source cannot be listed or the readers are not set up.
pub async fn forecast(
    objects: &dyn Objects,
    sampling: &Sampling,
    told: &(dyn Fn(Looked) + Sync),
) -> Result<Forecast, Failure> {
    let mut random = StdRng::seed_from_u64(SEED);
    let recognition_timed = sampling.ocr.is_some();
    let mut forecast = Forecast { recognition_timed, ..Forecast::default() };
    let mut sample: Vec<ListedObject> = Vec::new();
    let mut listed = objects.list(None);
    while let Some(object) = listed.next().await {
        let object = object?;
        forecast.documents += 1;
        forecast.bytes += object.size_bytes;
        if forecast.documents.is_multiple_of(LISTED_AT_ONCE) {
            told(Looked { listed: forecast.documents, ..Looked::default() });
        }
        // Each object is as likely as any other to be among those kept (Vitter's algorithm R).
        if sample.len() < SAMPLE {
            sample.push(object);
        } else if let Some(place) = sample.get_mut(random.random_range(0..forecast.documents) as usize) {
            *place = object;
        }
    }
    drop(listed);
    let mut opened = Vec::new();
    for (object, at) in sample.iter().zip(0..) {
        told(Looked { listed: forecast.documents, opened: at, sample: sample.len() });
        match open(objects, sampling, object).await {
            Ok(Some(document)) => opened.push(document),
            Ok(None) => {}
            Err(Failure::Reject(rejection)) => {
                forecast.rejected += 1;
                forecast.first_rejection.get_or_insert_with(|| rejection.to_string());
                opened.push(Opened::default());
            }
            Err(failure) => return Err(failure),
        }
    }
    forecast.sampled = opened.len();
    let documents = forecast.documents as f64;
    let mean = |sample: &[Opened], of: fn(&Opened) -> f64| {
        sample.iter().map(of).sum::<f64>() / sample.len().max(1) as f64
    };
    forecast.pages = estimate(&opened, &mut random, |sample| documents * mean(sample, |d| d.pages));
    forecast.ocr_share = estimate(&opened, &mut random, |sample| {
        let pages = mean(sample, |d| d.pages);
        if pages > 0.0 { mean(sample, |d| d.ocr_pages) / pages } else { 0.0 }
    });
    forecast.read_seconds = estimate(&opened, &mut random, |sample| documents * mean(sample, |d| d.seconds));
    Ok(forecast)
}

/// A bootstrap over documents: pages of one document are alike, documents are not.
fn estimate(opened: &[Opened], random: &mut StdRng, of: impl Fn(&[Opened]) -> f64) -> Estimate {
    if opened.is_empty() {
        return Estimate::default();
    }
    let mut outcomes: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let resample: Vec<Opened> =
                (0..opened.len()).filter_map(|_| opened.choose(random).copied()).collect();
            of(&resample)
        })
        .collect();
    outcomes.sort_by(f64::total_cmp);
    let at = |share: f64| outcomes[((outcomes.len() - 1) as f64 * share) as usize];
    Estimate { value: of(opened), low: at(INTERVAL.0), high: at(INTERVAL.1) }
}

/// Reads a document without recognising it, and recognises one page for the time it takes. `None` when it is gone.
async fn open(
    objects: &dyn Objects,
    Sampling { confined, ocr, read: config }: &Sampling,
    object: &ListedObject,
) -> Result<Option<Opened>, Failure> {
    let Fetched::Object(file) = objects.fetch(&object.key).await? else { return Ok(None) };
    let began = Instant::now();
    let budget = MemoryBudget::new(MEMORY_MIB);
    let mut pages = read::parse(confined.as_ref(), file.path(), config, &budget).await?.pages;
    let reading = began.elapsed().as_secs_f64();
    let whole: fn(&Page) -> bool = |page| matches!(page.text_source, TextSource::NeedsOcr { .. });
    let in_part: fn(&Page) -> bool = |page| page.ocr_regions.iter().any(|region| region.confidence.is_none());
    let count = |of: fn(&Page) -> bool| pages.iter().filter(|page| of(page)).count() as f64;
    let (page_count, ocr_pages, pages_in_part) = (pages.len() as f64, count(whole), count(in_part));
    let mut seconds = reading;
    if let Some(ocr) = ocr.as_ref().filter(|_| config.ocr != OcrPolicy::Never) {
        let readers = Readers { confined: confined.clone(), ocr: ocr.clone() };
        // One of each kind, for the time it takes.
        for (number, of) in [(ocr_pages, whole), (pages_in_part, in_part)] {
            let Some(page) = pages.iter_mut().find(|page| of(page)) else { continue };
            let began = Instant::now();
            read::recognize_page(&readers, file.path(), config, page).await?;
            seconds += number * began.elapsed().as_secs_f64();
        }
    }
    Ok(Some(Opened { pages: page_count, ocr_pages, seconds }))
}
