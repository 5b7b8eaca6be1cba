//! The ingest flow over twins, with faults put in: what is passing is tried again, what is not is set aside, what is wrong
//! stops everything, and nothing is settled before it is done.

mod helping;
mod reindex;
mod renewal;
mod roles;

use pagemill_document::{DocumentId, TextSource};
use pagemill_extract::RejectReason;
use pagemill_pipeline::fsck::{Finding, Fsck, FsckOptions, fsck};
use pagemill_pipeline::ingest::{IngestConfig, IngestSummary, WhenEmpty, ingest, resume};
use pagemill_pipeline::{DocumentFilter, DocumentState, Failure, Objects, Reclaim};
use pagemill_tests::{Fault, Plant};
use tokio_util::sync::CancellationToken;

fn config() -> IngestConfig {
    let mut config = IngestConfig { max_attempts: 3, ..IngestConfig::default() };
    config.read.max_lost_pages = 2;
    config
}

async fn run_with(plant: &Plant, config: &IngestConfig) -> Result<IngestSummary, Failure> {
    let run = plant.run(config, &CancellationToken::new());
    ingest(&run, plant.objects.as_ref(), WhenEmpty::Keep).await
}

async fn run(plant: &Plant) -> IngestSummary {
    run_with(plant, &config()).await.expect("runs")
}

async fn state(plant: &Plant, key: &str) -> (DocumentState, Option<RejectReason>) {
    let id = DocumentId::new(plant.objects.source(), key);
    let record = plant.stages.catalog.document(&id).await.expect("answers").expect("a record");
    (record.state, record.failure.map(|failure| failure.reason))
}

async fn chunk_texts(plant: &Plant, key: &str) -> Vec<String> {
    let id = DocumentId::new(plant.objects.source(), key);
    plant.stages.index.chunks(&id).await.expect("chunks").into_iter().map(|chunk| chunk.text).collect()
}

#[tokio::test]
async fn documents_go_in_and_come_out_as_the_source_changes() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "page one words").await;
    plant.put("b.pdf", "other words").await;
    assert_eq!(run(&plant).await.counts.indexed, 2);
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["page one words"]);
    assert_eq!(run(&plant).await.counts.due, 0);

    plant.put("a.pdf", "changed words").await;
    plant.objects.remove("b.pdf").await.expect("removed");
    let counts = run(&plant).await.counts;
    assert_eq!((counts.indexed, counts.gone), (1, 1));
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["changed words"]);
    assert!(chunk_texts(&plant, "b.pdf").await.is_empty());
    assert_eq!(plant.stages.index.statistics().await.expect("statistics").documents, 1);
}

#[tokio::test]
async fn a_page_that_kills_its_process_costs_that_page() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "first page\n!die\nthird page").await;
    assert_eq!(run(&plant).await.counts.indexed, 1);
    let text = chunk_texts(&plant, "a.pdf").await.join("\n");
    assert_eq!(text.lines().collect::<Vec<_>>(), ["first page", "third page"]);
    let id = DocumentId::new(plant.objects.source(), "a.pdf");
    let document = plant.stages.artifacts.get(&id).await.expect("answers").expect("stored");
    assert_eq!(document.pages.len(), 3);
    assert!(document.warnings.iter().any(|warning| warning.page == Some(2)), "{:?}", document.warnings);
}

#[tokio::test]
async fn a_document_that_kills_again_and_again_is_set_aside_and_the_others_go_in() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "!die\n!die\n!die\n!die\nfifth page").await;
    plant.put("b.pdf", "good words").await;
    let summary = run(&plant).await;
    assert_eq!((summary.counts.indexed, summary.counts.failed, summary.set_aside), (1, 1, 1));
    assert_eq!(state(&plant, "a.pdf").await, (DocumentState::Failed, Some(RejectReason::Crashed)));
    let again = run(&plant).await;
    assert_eq!((again.counts.due, again.set_aside), (0, 1), "not tried again by itself, and not forgotten");
}

#[tokio::test]
async fn facts_that_kill_cost_only_the_facts() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words\n!no facts").await;
    assert_eq!(run(&plant).await.counts.indexed, 1);
}

#[tokio::test]
async fn a_page_without_text_is_recognised() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "typed words\n!scan").await;
    let counts = run(&plant).await.counts;
    assert_eq!((counts.indexed, counts.ocr_pages), (1, 1));
    assert!(chunk_texts(&plant, "a.pdf").await.join(" ").contains("recognised words"));
    let records = plant.stages.catalog.documents(DocumentFilter::default()).await.expect("records");
    assert_eq!(records[0].ocr_pages[0].page, 2);
    assert!(records[0].ocr_pages[0].confidence.is_some());
}

#[tokio::test]
async fn text_in_a_picture_on_a_page_of_text_is_found() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "typed words !picture").await;
    assert_eq!(run(&plant).await.counts.indexed, 1);
    let text = chunk_texts(&plant, "a.pdf").await.join(" ");
    assert!(text.contains("typed words") && text.contains("recognised words"), "{text}");
    let id = DocumentId::new(plant.objects.source(), "a.pdf");
    let pages = plant.stages.artifacts.get(&id).await.expect("answers").expect("stored").pages;
    assert_eq!((&pages[0].text_source, pages[0].ocr_regions.len()), (&TextSource::Native, 1));
    assert!(pages[0].ocr_regions[0].confidence.is_some());
    // Whoever switches that off, or on, has every document read again: any page may have images.
    let mut without = config();
    without.read.ocr_images = false;
    assert_eq!(run_with(&plant, &without).await.expect("runs").counts.indexed, 1);
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["typed words"]);
    assert_eq!(run_with(&plant, &without).await.expect("runs").counts.indexed, 0);
}

#[tokio::test]
async fn a_document_without_any_text_is_a_rejection() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "!blank\n!blank").await;
    run(&plant).await;
    assert_eq!(state(&plant, "a.pdf").await, (DocumentState::Failed, Some(RejectReason::NoText)));
}

#[tokio::test]
async fn a_bad_new_version_takes_the_old_one_out() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "good words").await;
    run(&plant).await;
    plant.put("a.pdf", "!locked").await;
    run(&plant).await;
    assert_eq!(state(&plant, "a.pdf").await, (DocumentState::Failed, Some(RejectReason::Encrypted)));
    assert!(chunk_texts(&plant, "a.pdf").await.is_empty());
}

#[tokio::test]
async fn passing_trouble_is_tried_again() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    plant.index.fail_next(2, Fault::Retry);
    assert_eq!(run(&plant).await.counts.indexed, 1);
    plant.put("b.pdf", "words").await;
    plant.index.fail_next(3, Fault::Retry);
    run(&plant).await;
    assert_eq!(state(&plant, "b.pdf").await, (DocumentState::Failed, Some(RejectReason::Unavailable)));
}

#[tokio::test]
async fn a_wrong_set_up_stops_and_settles_nothing() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    plant.index.fail_next(1, Fault::Stop);
    assert!(matches!(run_with(&plant, &config()).await, Err(Failure::Stop(_))));
    assert_eq!(state(&plant, "a.pdf").await.0, DocumentState::Queued);
    assert_eq!(run(&plant).await.counts.indexed, 1, "the next run does it");
}

#[tokio::test]
async fn a_shutdown_puts_work_back() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "!hang").await;
    let shutdown = CancellationToken::new();
    let run = plant.run(&config(), &shutdown);
    let work = ingest(&run, plant.objects.as_ref(), WhenEmpty::Keep);
    let (summary, ()) = tokio::join!(work, async {
        plant.hanging.notified().await;
        shutdown.cancel();
    });
    assert!(summary.expect("ends well").interrupted);
    assert_eq!(state(&plant, "a.pdf").await.0, DocumentState::Queued);
}

#[tokio::test]
async fn another_pipeline_version_makes_all_due_again() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    run(&plant).await;
    let other = IngestConfig { chunk_tokens: 99, ..config() };
    assert_eq!(run_with(&plant, &other).await.expect("runs").counts.indexed, 1);
}

#[tokio::test]
async fn a_document_larger_than_the_memory_budget_still_goes_in() {
    let plant = Plant::new().await;
    let pages: Vec<String> = (0..60).map(|n| format!("words of page {n}")).collect();
    for name in ["a.pdf", "b.pdf", "c.pdf"] {
        plant.put(name, &pages.join("\n")).await;
    }
    let config = IngestConfig { memory_mib: 4, ..config() };
    assert_eq!(run_with(&plant, &config).await.expect("runs").counts.indexed, 3);
}

#[tokio::test]
async fn a_document_whose_workers_end_again_and_again_is_set_aside() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    let listed = run_with(&plant, &IngestConfig { documents_in_flight: 1, ..config() }).await.expect("runs");
    assert_eq!(listed.counts.indexed, 1);
    plant.put("a.pdf", "other words").await;
    let catalog = &plant.stages.catalog;
    let id = DocumentId::new(plant.objects.source(), "a.pdf");
    catalog.requeue(std::slice::from_ref(&id)).await.expect("queued");
    for _ in 0..20 {
        catalog.claim(&id, std::time::Duration::from_secs(60)).await.expect("answers").expect("due");
        assert_eq!(catalog.reclaim(Reclaim::All).await.expect("reclaims"), 1);
    }
    let run = plant.run(&config(), &CancellationToken::new());
    assert_eq!(resume(&run).await.expect("runs").counts.failed, 1);
    assert_eq!(state(&plant, "a.pdf").await, (DocumentState::Failed, Some(RejectReason::Crashed)));
}

#[tokio::test]
async fn three_stores_that_differ_are_told_and_mended() {
    let plant = Plant::new().await;
    for key in ["a.pdf", "b.pdf", "c.pdf"] {
        plant.put(key, "words").await;
    }
    run(&plant).await;
    let compare = async |repair| {
        let options = FsckOptions { repair, deep: true, source: None };
        let stages = &plant.stages;
        let compared = Fsck {
            catalog: stages.catalog.as_ref(),
            index: stages.index.as_ref(),
            sources: stages.sources.as_ref(),
            options,
        };
        let mut found = Vec::new();
        let report = fsck(&compared, |finding| found.push((finding.key.clone(), finding.finding))).await;
        (report.expect("compares"), found)
    };
    assert!(compare(false).await.0.is_clean());
    let id = |key| DocumentId::new(plant.objects.source(), key);
    plant.stages.index.delete(&[id("a.pdf")]).await.expect("deleted");
    plant.put("b.pdf", "changed words").await;
    plant.objects.remove("c.pdf").await.expect("removed");
    plant.put("d.pdf", "new words").await;
    let (report, found) = compare(true).await;
    let expected = [
        ("a.pdf", Finding::Missing),
        ("b.pdf", Finding::Stale),
        ("c.pdf", Finding::Gone),
        ("d.pdf", Finding::NotReceived),
    ];
    assert_eq!(found, expected.map(|(key, finding)| (key.to_owned(), finding)));
    assert!(!report.is_clean() && report.repaired == 4);
    resume(&plant.run(&config(), &CancellationToken::new())).await.expect("runs");
    let (report, found) = compare(false).await;
    assert!(report.is_clean(), "{found:?}");
    assert_eq!((report.indexed, chunk_texts(&plant, "b.pdf").await), (3, vec!["changed words".to_owned()]));
}

#[tokio::test]
async fn an_old_version_that_comes_back_replaces_the_newer_one() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "first words").await;
    run(&plant).await;
    plant.put("a.pdf", "second words").await;
    run(&plant).await;
    plant.objects.put_dated("a.pdf", b"first words", -5);
    assert_eq!(run(&plant).await.counts.indexed, 1);
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["first words"], "whatever its time says");
}
