//! The index anew from stored documents: nothing is read again that was read before, and what was removed or replaced
//! meanwhile leaves the old index too.

use super::{chunk_texts, config, run};
use async_trait::async_trait;
use pagemill_connectors::Generations;
use pagemill_connectors::memory::MemoryIndex;
use pagemill_document::DocumentId;
use pagemill_pipeline::ingest::{IngestConfig, Run, WhenEmpty, ingest, reindex};
use pagemill_pipeline::read::OcrPolicy;
use pagemill_pipeline::{Confined, Confinement, Death, Objects, SearchIndex};
use pagemill_tests::{Fault, Plant, text_readers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_util::sync::CancellationToken;

/// Readers that must not be asked.
struct NoReader;

#[async_trait]
impl Confined for NoReader {
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death> {
        Err(Death::Crashed { how: "a PDF was to be read again".into(), last_words: String::new() })
    }
}

/// Readers that count how often they are asked.
pub struct Counted {
    pub readers: Arc<dyn Confined>,
    pub asked: AtomicU32,
}

#[async_trait]
impl Confined for Counted {
    async fn confine(&self) -> Result<Box<dyn Confinement>, Death> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.readers.confine().await
    }
}

pub fn without_reading(plant: &Plant, config: &IngestConfig) -> Run {
    let mut run = plant.run(config, &CancellationToken::new());
    run.stages.readers.confined = Arc::new(NoReader);
    run
}

pub fn id(plant: &Plant, key: &str) -> DocumentId {
    DocumentId::new(plant.objects.source(), key)
}

#[tokio::test]
async fn another_chunk_size_reads_no_pdf_again() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words of one page\nwords of another").await;
    run(&plant).await;
    let before = chunk_texts(&plant, "a.pdf").await;
    let smaller = IngestConfig { chunk_tokens: 6, ..config() };
    let counts = reindex(&without_reading(&plant, &smaller)).await.expect("runs").counts;
    assert_eq!((counts.indexed, counts.failed, counts.pages), (1, 0, 2));
    let record =
        plant.stages.catalog.document(&id(&plant, "a.pdf")).await.expect("answers").expect("a record");
    assert!(record.indexed_by.expect("indexed").version.contains(":6 "), "by the pipeline as it is now");
    assert_eq!(chunk_texts(&plant, "a.pdf").await, before, "one paragraph is one chunk all the same");
    let again = reindex(&without_reading(&plant, &smaller)).await.expect("runs").counts;
    assert_eq!(again.due, 0, "all is as it should be");
}

#[tokio::test]
async fn another_reading_reads_again() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    run(&plant).await;
    let mut other = config();
    other.read.ocr = OcrPolicy::Always;
    let counts = reindex(&without_reading(&plant, &other)).await.expect("runs").counts;
    assert_eq!((counts.indexed, counts.failed), (0, 1), "the stored document is of another reading");
}

#[tokio::test]
async fn bytes_that_changed_are_read_and_an_object_that_is_gone_leaves() {
    let plant = Plant::new().await;
    for key in ["a.pdf", "b.pdf"] {
        plant.put(key, "first words").await;
    }
    run(&plant).await;
    plant.put("a.pdf", "changed words").await;
    plant.objects.remove("b.pdf").await.expect("removed");
    let other = IngestConfig { chunk_tokens: 99, ..config() };
    let counts = reindex(&plant.run(&other, &CancellationToken::new())).await.expect("runs").counts;
    assert_eq!((counts.indexed, counts.gone), (1, 1));
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["changed words"]);
}

#[tokio::test]
async fn an_attempt_after_one_that_got_as_far_as_the_index_reads_nothing() {
    let plant = Plant::new().await;
    let readers =
        Arc::new(Counted { readers: text_readers(Arc::default()).confined, asked: AtomicU32::new(0) });
    let ingested = async |key: &str| {
        plant.put(key, "words").await;
        let before = readers.asked.load(Ordering::SeqCst);
        let mut run = plant.run(&config(), &CancellationToken::new());
        run.stages.readers.confined = readers.clone();
        let counts = ingest(&run, plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs").counts;
        assert_eq!(counts.indexed, 1);
        readers.asked.load(Ordering::SeqCst) - before
    };
    let asked = ingested("a.pdf").await;
    assert!(asked > 0);
    plant.index.fail_next(2, Fault::Retry);
    assert_eq!(ingested("b.pdf").await, asked, "three attempts, read once");
}

#[tokio::test]
async fn a_new_index_is_made_beside_the_one_in_use() {
    let plant = Plant::new().await;
    for key in ["a.pdf", "b.pdf", "c.pdf", "d.pdf"] {
        plant.put(key, "first words").await;
    }
    run(&plant).await;
    plant.put("b.pdf", "changed words").await;
    plant.objects.remove("c.pdf").await.expect("removed");
    let new = Arc::new(MemoryIndex::default());
    let other = IngestConfig { chunk_tokens: 99, ..config() };
    let beside = |config: &IngestConfig| {
        let mut run = plant.run(config, &CancellationToken::new());
        run.stages.index = Arc::new(Generations::new(new.clone(), plant.index.clone()));
        run
    };
    let counts = reindex(&beside(&other)).await.expect("runs").counts;
    assert_eq!((counts.indexed, counts.gone), (3, 1));
    let (held, old) =
        (new.statistics().await.expect("answers"), plant.index.statistics().await.expect("answers"));
    assert_eq!((held.documents, old.documents), (3, 2), "what was replaced or removed is in no old index");
    let unchanged = plant.index.card(&id(&plant, "a.pdf")).await.expect("answers");
    assert!(unchanged.is_some(), "the old index answers meanwhile");

    // A new index that lost some, and holds what nobody knows of, is completed before it is taken into use.
    new.delete(&[id(&plant, "a.pdf")]).await.expect("deleted");
    plant.stages.catalog.request_removal(&[id(&plant, "d.pdf")]).await.expect("asked for");
    let counts = reindex(&beside(&other)).await.expect("runs").counts;
    assert_eq!((counts.indexed, counts.gone), (1, 1));
    assert_eq!(new.statistics().await.expect("answers").documents, 2);
}
