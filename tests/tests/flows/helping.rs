//! A worker that its queue tells nothing: it takes what is due, and settles nothing with the queue that the queue never gave.

use super::{chunk_texts, config};
use async_trait::async_trait;
use pagemill_pipeline::ingest::{Helping, IngestConfig, Listing, Progress, WhenEmpty, list_source, work};
use pagemill_pipeline::{
    DEFAULT_COLLECTION, DeadLetter, DocumentState, Due, Failure, Objects, Receipt, Received, Tasks,
};
use pagemill_tests::Plant;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A queue that has lost all that it was told.
struct Silent;

#[async_trait]
impl Tasks for Silent {
    async fn publish(&self, _documents: &[Due]) -> Result<(), Failure> {
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Received>, Failure> {
        std::future::pending().await
    }

    async fn settle(&self, receipt: Receipt) -> Result<(), Failure> {
        panic!("{receipt:?} was never given")
    }

    async fn dead_letter(&self, _letter: &DeadLetter) -> Result<(), Failure> {
        Ok(())
    }
}

#[tokio::test]
async fn what_nobody_was_told_of_is_done() {
    let plant = Plant::new().await;
    for number in 0..20 {
        plant.put(&format!("{number}.pdf"), "typed words").await;
    }
    plant.put("locked.pdf", "!locked").await;
    let catalog = plant.stages.catalog.as_ref();
    let listing = Listing {
        source: plant.objects.source(),
        number: catalog.next_listing().await.expect("answers"),
        pipeline: None,
        collection: DEFAULT_COLLECTION,
        job: None,
        after: None,
        when_empty: WhenEmpty::Keep,
    };
    let (progress, shutdown) = (Progress::default(), CancellationToken::new());
    list_source(catalog, plant.objects.as_ref(), &listing, &progress, &shutdown).await.expect("lists");

    let config = IngestConfig { help_after_seconds: 0, ..config() };
    let mut run = plant.run(&config, &CancellationToken::new());
    run.tasks = Arc::new(Helping::new(Arc::new(Silent), plant.stages.catalog.clone(), &config));
    let shutdown = run.shutdown.clone();
    let working = tokio::spawn(async move { work(&run).await });
    let all_done = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let totals = catalog.totals(None).await.expect("answers");
            if totals.indexed == 20 && totals.failed == 1 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_done).await.expect("nobody has to be told");
    shutdown.cancel();
    working.await.expect("no panic").expect("ends well");
    assert_eq!(chunk_texts(&plant, "7.pdf").await, ["typed words"]);
    assert_eq!(super::state(&plant, "locked.pdf").await.0, DocumentState::Failed);
}
