//! Workers that take one half of the work each: what the first stores the second brings into the index, and what changed in
//! between is read again.

use super::reindex::without_reading;
use super::{chunk_texts, config};
use async_trait::async_trait;
use pagemill_document::DocumentId;
use pagemill_pipeline::ingest::{IngestConfig, Run, WhenEmpty, ingest, resume};
use pagemill_pipeline::read::OcrPolicy;
use pagemill_pipeline::{
    Catalog, DeadLetter, Due, DueQuery, Failure, Objects, Receipt, Received, Stage, Tasks,
};
use pagemill_tests::Plant;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What waits for one stage, as the topic of that stage tells of it.
struct OfStage(Arc<dyn Catalog>, Stage);

#[async_trait]
impl Tasks for OfStage {
    async fn publish(&self, _documents: &[Due]) -> Result<(), Failure> {
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Received>, Failure> {
        let query = DueQuery { stage: Some(self.1), limit: 1, ..DueQuery::default() };
        let next = self.0.due(query).await?.into_iter().next();
        Ok(next.map(|due| Received { document: due.document, receipt: Receipt::default() }))
    }

    async fn settle(&self, _receipt: Receipt) -> Result<(), Failure> {
        Ok(())
    }

    async fn dead_letter(&self, _letter: &DeadLetter) -> Result<(), Failure> {
        Ok(())
    }
}

fn worker(plant: &Plant, stage: Stage) -> Run {
    let config = IngestConfig { roles: vec![stage], ..config() };
    let mut run = match stage {
        Stage::Read => plant.run(&config, &CancellationToken::new()),
        Stage::Index => without_reading(plant, &config),
    };
    run.tasks = Arc::new(OfStage(plant.stages.catalog.clone(), stage));
    run
}

#[tokio::test]
async fn each_takes_its_half() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "typed words\n!scan").await;
    plant.put("b.pdf", "!locked").await;
    let read =
        ingest(&worker(&plant, Stage::Read), plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs");
    assert_eq!((read.counts.indexed, read.counts.failed), (0, 1));
    assert!(chunk_texts(&plant, "a.pdf").await.is_empty(), "nobody has indexed it yet");
    let id = DocumentId::new(plant.objects.source(), "a.pdf");
    assert!(plant.stages.artifacts.get(&id).await.expect("answers").is_some());

    let indexed = resume(&worker(&plant, Stage::Index)).await.expect("runs").counts;
    assert_eq!((indexed.indexed, indexed.failed, indexed.ocr_pages), (1, 0, 1));
    assert!(chunk_texts(&plant, "a.pdf").await.join(" ").contains("recognised words"));
}

#[tokio::test]
async fn bytes_that_changed_in_between_go_back_to_be_read() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "first words").await;
    ingest(&worker(&plant, Stage::Read), plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs");
    plant.put("a.pdf", "changed words").await;
    assert_eq!(resume(&worker(&plant, Stage::Index)).await.expect("runs").counts.indexed, 0);
    resume(&worker(&plant, Stage::Read)).await.expect("runs");
    assert_eq!(resume(&worker(&plant, Stage::Index)).await.expect("runs").counts.indexed, 1);
    assert_eq!(chunk_texts(&plant, "a.pdf").await, ["changed words"]);
}

#[tokio::test]
async fn readers_and_indexers_that_read_otherwise_are_told_so() {
    let plant = Plant::new().await;
    plant.put("a.pdf", "words").await;
    let reader = worker(&plant, Stage::Read);
    ingest(&reader, plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs");
    let mut other = worker(&plant, Stage::Index);
    other.config.read.ocr = OcrPolicy::Always;
    let id = DocumentId::new(plant.objects.source(), "a.pdf");
    let failure = loop {
        resume(&other).await.expect("runs");
        resume(&reader).await.expect("runs");
        let record = plant.stages.catalog.document(&id).await.expect("answers").expect("known");
        if let Some(failure) = record.failure {
            break failure;
        }
    };
    assert!(failure.detail.contains("must have the same `[ingest]`, `[ocr]`"), "{failure:?}");
}

#[tokio::test]
async fn what_is_gone_leaves_by_whichever_worker_looks() {
    for looks in [Stage::Read, Stage::Index] {
        let plant = Plant::new().await;
        plant.put("a.pdf", "words").await;
        ingest(&worker(&plant, Stage::Read), plant.objects.as_ref(), WhenEmpty::Keep).await.expect("runs");
        if looks == Stage::Read {
            resume(&worker(&plant, Stage::Index)).await.expect("runs");
        }
        plant.objects.remove("a.pdf").await.expect("removed");
        let counts = match looks {
            Stage::Read => {
                ingest(&worker(&plant, looks), plant.objects.as_ref(), WhenEmpty::Remove).await.expect("runs")
            }
            Stage::Index => resume(&worker(&plant, looks)).await.expect("runs"),
        };
        assert_eq!(counts.counts.gone, 1, "{looks:?}");
        assert!(chunk_texts(&plant, "a.pdf").await.is_empty());
    }
}
