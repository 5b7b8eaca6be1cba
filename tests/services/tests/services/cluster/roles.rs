//! Workers that take one half of the work each, with a topic between them.

use super::plant::{Cluster, SOURCE};
use pagemill_document::DocumentId;
use pagemill_pipeline::plan::PlanConfig;
use pagemill_pipeline::{DueQuery, Stage};
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(60);
const DOCUMENTS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_indexers_work_apart() {
    let cluster = Cluster::start().await;
    for number in 0..DOCUMENTS {
        cluster.put(&format!("{number:04}.pdf"), &format!("contract number {number}")).await;
    }
    let quick = PlanConfig { dispatch_milliseconds: 100, ..PlanConfig::default() };
    let planner = cluster.planner(quick).await;
    let reader = cluster.worker_of(&[Stage::Read]).await;
    let job = cluster.start_job().await;
    let all_read = async || {
        let due = cluster.catalog.due(DueQuery { limit: 100, ..DueQuery::default() }).await;
        due.is_ok_and(|due| due.len() == DOCUMENTS && due.iter().all(|due| due.stage == Stage::Index))
    };
    cluster.until("all are read and wait to be indexed", WITHIN, all_read).await;
    let counts = cluster.catalog.job_counts(&job.id).await.expect("counts");
    assert_eq!((counts.totals.queued, counts.to_index), (DOCUMENTS as u64, DOCUMENTS as u64));
    assert_eq!(cluster.index.statistics().await.expect("answers").documents, 0);

    let indexer = cluster.worker_of(&[Stage::Index]).await;
    cluster.until_done(&job, WITHIN).await;
    let report = cluster.fsck().await;
    assert_eq!(report.indexed as usize, DOCUMENTS);

    // What changes is read by the one and indexed by the other.
    cluster.put("0000.pdf", "changed words").await;
    let changed = async || {
        let chunks = cluster.index.chunks(&DocumentId::new(SOURCE, "0000.pdf")).await.unwrap_or_default();
        chunks.iter().map(|chunk| chunk.text.as_str()).eq(["changed words"])
    };
    cluster.until("the change is in the index", WITHIN, changed).await;
    cluster.shutdown.cancel();
    for ended in [planner, reader, indexer] {
        ended.await.expect("no panic").expect("ends well");
    }
}
