//! What is put, replaced, removed and renamed in the bucket shows in the index, by events and by a sweep.

use super::plant::{Cluster, SOURCE};
use pagemill_document::DocumentId;
use pagemill_pipeline::plan::PlanConfig;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(60);

async fn texts(cluster: &Cluster, key: &str) -> Vec<String> {
    let chunks = cluster.index.chunks(&DocumentId::new(SOURCE, key)).await.unwrap_or_default();
    chunks.into_iter().map(|chunk| chunk.text).collect()
}

async fn until_text(cluster: &Cluster, key: &str, expected: &[&str]) {
    let what = format!("{key} reads {expected:?}");
    cluster.until(&what, WITHIN, async || texts(cluster, key).await == expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_the_bucket() {
    let cluster = Cluster::start().await;
    cluster.put("kept.pdf", "kept words").await;
    let quick = PlanConfig { dispatch_milliseconds: 100, ..PlanConfig::default() };
    let planner = cluster.planner(quick).await;
    let worker = cluster.worker().await;
    let job = cluster.start_job().await;
    cluster.until_done(&job, WITHIN).await;
    assert_eq!(texts(&cluster, "kept.pdf").await, ["kept words"]);

    // By events: nobody lists meanwhile.
    cluster.put("new.pdf", "new words").await;
    until_text(&cluster, "new.pdf", &["new words"]).await;
    cluster.put("new.pdf", "replaced words").await;
    until_text(&cluster, "new.pdf", &["replaced words"]).await;
    cluster.objects.remove("new.pdf").await.expect("removed");
    cluster.put("계약 1+1.pdf", "renamed words").await;
    until_text(&cluster, "new.pdf", &[]).await;
    until_text(&cluster, "계약 1+1.pdf", &["renamed words"]).await;
    cluster.until_settled(WITHIN).await;
    cluster.fsck().await;
    cluster.shutdown.cancel();
    planner.await.expect("no panic").expect("ends well");
    worker.await.expect("no panic").expect("ends well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_finds_what_no_event_told() {
    let mut cluster = Cluster::start().await;
    for key in ["a.pdf", "b.pdf"] {
        cluster.put(key, "first words").await;
    }
    let first = cluster.start_job().await;
    let quick = PlanConfig { dispatch_milliseconds: 100, sweep_seconds: 2, ..PlanConfig::default() };
    let planner = cluster.planner(quick).await;
    let worker = cluster.worker().await;
    cluster.until_done(&first, WITHIN).await;
    // Without its event sender the store tells nobody.
    cluster.kafka.stop().await.expect("stopped");
    cluster.put("a.pdf", "changed words").await;
    cluster.objects.remove("b.pdf").await.expect("removed");
    cluster.kafka.resume().await.expect("back");
    until_text(&cluster, "a.pdf", &["changed words"]).await;
    until_text(&cluster, "b.pdf", &[]).await;
    cluster.shutdown.cancel();
    planner.await.expect("no panic").expect("ends well");
    worker.await.expect("no panic").expect("ends well");
}
