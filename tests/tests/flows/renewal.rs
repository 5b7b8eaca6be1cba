//! Other OCR: what never needed it stays as it is, and of the rest only what is to be renewed is read again.

use super::reindex::{Counted, id};
use super::{config, run, run_with};
use pagemill_document::Grade;
use pagemill_pipeline::ingest::{IngestConfig, IngestSummary, WhenEmpty, ingest, reindex};
use pagemill_pipeline::read::OcrPolicy;
use pagemill_tests::{OneReading, Plant, text_readers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_util::sync::CancellationToken;

const DOCUMENTS: [(&str, &str); 3] = [
    ("typed.pdf", "typed words"),
    ("scan.pdf", "typed words\n!scan"),
    ("faint.pdf", "typed words\n!scan\n!faint"),
];

async fn plant() -> Plant {
    let plant = Plant::new().await;
    for (key, text) in DOCUMENTS {
        plant.put(key, text).await;
    }
    plant
}

/// Which documents say now that this OCR read them.
async fn read_by(plant: &Plant, ocr: &str) -> Vec<&'static str> {
    let mut read = Vec::new();
    for (key, _) in DOCUMENTS {
        let record = plant.stages.catalog.document(&id(plant, key)).await.expect("answers").expect("known");
        let stored = plant.stages.artifacts.stored(&id(plant, key)).await.expect("answers").expect("stored");
        let made_by = record.indexed_by.expect("in the index");
        assert_eq!(made_by.ocr, stored.read_by.ocr, "{key}");
        if made_by.ocr.as_deref() == Some(ocr) {
            read.push(key);
        }
    }
    read
}

#[derive(Clone, Copy, Debug)]
enum By {
    Listing,
    Reindex,
}

/// Another OCR takes over: these documents are due, read again, and no others; and once is enough.
async fn check(by: By, config: &IngestConfig, expected: &[&str]) {
    let plant = plant().await;
    assert_eq!(run(&plant).await.counts.indexed, 3);
    assert_eq!(read_by(&plant, "one reading").await, ["scan.pdf", "faint.pdf"]);
    let readers =
        Arc::new(Counted { readers: text_readers(Arc::default()).confined, asked: AtomicU32::new(0) });
    let again = async || -> IngestSummary {
        let mut run = plant.run(config, &CancellationToken::new());
        run.stages.readers.confined = readers.clone();
        run.stages.readers.ocr = Arc::new(OneReading("another reading"));
        match by {
            By::Listing => ingest(&run, plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs"),
            By::Reindex => reindex(&run).await.expect("runs"),
        }
    };
    let counts = again().await.counts;
    let renewed = expected.len() as u64;
    assert_eq!((counts.due, counts.indexed), (renewed, renewed), "{by:?} {:?}", config.read);
    assert_eq!(readers.asked.load(Ordering::SeqCst) > 0, renewed > 0);
    assert_eq!(read_by(&plant, "another reading").await, expected);
    assert_eq!(again().await.counts.due, 0, "what was renewed is not renewed again");
}

#[tokio::test]
async fn another_ocr_reads_only_what_needed_it() {
    for by in [By::Listing, By::Reindex] {
        check(by, &config(), &["scan.pdf", "faint.pdf"]).await;
    }
}

#[tokio::test]
async fn only_what_was_read_badly_is_renewed_where_that_is_asked_for() {
    let mut renewing = config();
    renewing.read.renew_ocr_below = Some(Grade::Good);
    for by in [By::Listing, By::Reindex] {
        check(by, &renewing, &["faint.pdf"]).await;
    }
}

#[tokio::test]
async fn ocr_that_is_switched_off_renews_nothing() {
    let mut never = config();
    never.read.ocr = OcrPolicy::Never;
    check(By::Listing, &never, &[]).await;
}

#[tokio::test]
async fn pages_that_were_left_unread_are_read_when_ocr_is_switched_on() {
    let plant = plant().await;
    let mut never = config();
    never.read.ocr = OcrPolicy::Never;
    assert_eq!(run_with(&plant, &never).await.expect("runs").counts.indexed, 3);
    let mut on = config();
    on.read.renew_ocr_below = Some(Grade::Fair);
    assert_eq!(run_with(&plant, &on).await.expect("runs").counts.indexed, 2);
    assert_eq!(read_by(&plant, "one reading").await, ["scan.pdf", "faint.pdf"]);
}

#[tokio::test]
async fn what_stands_keeps_the_name_of_its_ocr_in_a_new_index() {
    let plant = plant().await;
    run(&plant).await;
    let mut other = IngestConfig { chunk_tokens: 99, ..config() };
    other.read.renew_ocr_below = Some(Grade::Good);
    let mut run = plant.run(&other, &CancellationToken::new());
    run.stages.readers.ocr = Arc::new(OneReading("another reading"));
    assert_eq!(reindex(&run).await.expect("runs").counts.indexed, 3, "all are chunked anew");
    assert_eq!(read_by(&plant, "another reading").await, ["faint.pdf"]);
    assert_eq!(read_by(&plant, "one reading").await, ["scan.pdf"]);
}
