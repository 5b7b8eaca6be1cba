//! While documents go in: workers are killed, the queue, the catalog, the store and the index go away in turn. At the end
//! every document is indexed or set aside with its reason, no chunk is missing, none is there twice, none is stray.

use super::plant::Cluster;
use crate::setting;
use pagemill_pipeline::plan::PlanConfig;
use pagemill_test_servers::Fault;
use std::time::Duration;

/// Documents and workers, unless `PAGEMILL_TEST_DOCUMENTS` and `PAGEMILL_TEST_WORKERS` say otherwise.
const DOCUMENTS: usize = 300;
const WORKERS: usize = 2;
/// Every so many documents one is locked, and has to be set aside.
const LOCKED_EVERY: usize = 25;
const DONE_WITHIN: Duration = Duration::from_secs(240);
const SETTLE: Duration = Duration::from_millis(700);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_there_twice() {
    let documents = setting("PAGEMILL_TEST_DOCUMENTS", DOCUMENTS);
    let mut cluster = Cluster::start().await;
    for number in 0..documents {
        let text = match number {
            locked if locked % LOCKED_EVERY == 3 => "!locked".to_owned(),
            _ => format!("contract number {number}\nsecond page of {number}"),
        };
        cluster.put(&format!("{number:04}.pdf"), &text).await;
    }
    let quick = PlanConfig {
        dispatch_milliseconds: 100,
        window: 60,
        tell_again_seconds: 20,
        ..PlanConfig::default()
    };
    let planner = cluster.planner(quick.clone()).await;
    let mut workers = Vec::new();
    for _ in 0..setting("PAGEMILL_TEST_WORKERS", WORKERS) {
        workers.push(cluster.worker().await);
    }
    let job = cluster.start_job().await;

    for day in 0..5 {
        let so_far = (day + 1) * documents / 10;
        let indexed = async || {
            cluster
                .catalog
                .totals(None)
                .await
                .is_ok_and(|totals| (totals.indexed + totals.failed) as usize >= so_far)
        };
        cluster.until("documents go in", DONE_WITHIN, indexed).await;
        match day {
            0 => cluster.kafka.restart().await.expect("Kafka restarts"),
            1 => cluster.postgres.restart().await.expect("PostgreSQL restarts"),
            2 => {
                cluster.s3.set_fault(Fault::SlowDown);
                tokio::time::sleep(SETTLE).await;
                cluster.s3.set_fault(Fault::None);
            }
            3 => {
                cluster.meilisearch.faults().down(true);
                tokio::time::sleep(SETTLE * 5).await;
                cluster.meilisearch.faults().down(false);
            }
            _ => cluster.meilisearch.faults().fail_next_write("internal", "a failed task"),
        }
        // And a worker dies each time.
        workers.remove(0).abort();
        workers.push(cluster.worker().await);
    }
    planner.abort();
    let planner = cluster.planner(quick).await;
    cluster.until_done(&job, DONE_WITHIN).await;

    let report = cluster.fsck().await;
    let locked = (0..documents).filter(|number| number % LOCKED_EVERY == 3).count();
    assert_eq!(report.set_aside.get("encrypted"), Some(&(locked as u64)), "{report:?}");
    assert_eq!(report.indexed as usize, documents - locked, "{report:?}");
    assert_eq!((report.waiting, report.objects as usize), (0, documents));

    cluster.shutdown.cancel();
    planner.await.expect("no panic").expect("ends well");
    for worker in workers {
        worker.await.expect("no panic").expect("drains and ends well");
    }
}
