//! A cluster whose index is made anew, with the programs themselves: other chunks in a new generation beside the old one, by a
//! worker that only indexes and so cannot read a PDF; then a second Meilisearch node, to which documents move.

use crate::programs::{BUCKET, Programs, program, sample, start, stop};
use pagemill_connectors::{CatalogConfig, SqlCatalog};
use pagemill_meilisearch_stand_in::StandIn;
use pagemill_pipeline::{Listings, Records};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

const SAMPLE: &str = "supply-contract.pdf";
const DOCUMENTS: usize = 8;
const WITHIN: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What the operator's tool says; it must end well.
async fn operate(config: &Path, arguments: &[&str]) -> String {
    let run = Command::new(program("pagemill")).args(arguments).arg("--config").arg(config).output();
    let run = run.await.expect("runs");
    let (said, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "pagemill {arguments:?}: {said}{errors}");
    said.into_owned()
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let waiting = async {
        while !holds().await {
            looks.tick().await;
        }
    };
    assert!(tokio::time::timeout(WITHIN, waiting).await.is_ok(), "not within {WITHIN:?}: {what}");
}

/// Documents and chunks in the index that the configuration names.
async fn held(config: &Path) -> (u64, u64) {
    let status: Value = serde_json::from_str(&operate(config, &["status", "--json"]).await).expect("JSON");
    let count = |name: &str| status["index"][name].as_u64().unwrap_or_else(|| panic!("{name}: {status}"));
    (count("documents"), count("chunks"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_generation_is_made_without_reading_and_a_node_is_added() {
    let programs = Programs::start().await;
    let url = programs.postgres.database("pagemill").await.expect("a database");
    let source = format!("s3://{BUCKET}/in");
    let (bucket, bytes) = (programs.objects(&source).await, sample(SAMPLE));
    for number in 0..DOCUMENTS {
        bucket.put(&format!("{number}.pdf"), &bytes).await.expect("put");
    }
    let config = CatalogConfig { url: url.clone(), ..CatalogConfig::default() };
    let catalog = SqlCatalog::connect(&config).await.expect("connects");
    let nothing_waits =
        async || catalog.totals(None).await.is_ok_and(|totals| totals.queued + totals.running == 0);

    let queue = programs.queue();
    let old = programs.index(&[&programs.meilisearch.url()], "");
    let planner = programs.configuration("planner.toml", &url, &queue).await;
    let worker = programs.configuration("worker.toml", &url, &format!("{old}{queue}")).await;
    let operator = programs.configuration("operator.toml", &url, &old).await;
    let planning = start("pagemill-planner", &planner);
    let working = start("pagemill-worker", &worker);
    operate(&operator, &["job", "start", &source]).await;
    operate(&operator, &["job", "status", "--watch"]).await;
    let (documents, chunks_before) = held(&operator).await;
    assert_eq!(documents as usize, DOCUMENTS);
    stop("pagemill-worker", working).await;
    let before = catalog.announced_pipeline().await.expect("answers");

    let node = programs.meilisearch.url();
    let retiring = programs.index(&[&node], "index = 'second'\nretiring = 'pagemill'\n");
    let indexing = format!("{retiring}{queue}[ingest]\nroles = ['index']\nchunk_tokens = 64\n");
    let worker = programs.configuration("indexer.toml", &url, &indexing).await;
    let new = programs.index(&[&node], "index = 'second'\n");
    let new = programs.configuration("operator-new.toml", &url, &new).await;
    let working = start("pagemill-worker", &worker);
    until("the new worker says what it makes of a document", async || {
        catalog.announced_pipeline().await.is_ok_and(|now| now != before)
    })
    .await;
    operate(&new, &["reindex"]).await;
    until("nothing waits", nothing_waits).await;
    let (documents, chunks_after) = held(&new).await;
    assert_eq!(documents as usize, DOCUMENTS);
    assert!(chunks_after > chunks_before, "{chunks_after} smaller chunks, {chunks_before} before");
    assert_eq!(held(&operator).await, (documents, chunks_before), "the old generation answers meanwhile");
    operate(&new, &["fsck", "--deep"]).await;
    stop("pagemill-worker", working).await;

    // Another generation of the same chunks: nothing is outdated, and yet the new index lacks all.
    let third = programs.index(&[&node], "index = 'third'\nretiring = 'second'\n");
    let both = format!("{third}{queue}[ingest]\nchunk_tokens = 64\n");
    let worker = programs.configuration("worker.toml", &url, &both).await;
    let third = programs.index(&[&node], "index = 'third'\n");
    let third = programs.configuration("operator-third.toml", &url, &third).await;
    let working = start("pagemill-worker", &worker);
    operate(&third, &["reindex"]).await;
    until("nothing waits", nothing_waits).await;
    assert_eq!(held(&third).await, (documents, chunks_after));
    bucket.remove("0.pdf").await.expect("removed");
    operate(&third, &["job", "start", &source]).await;
    operate(&third, &["job", "status", "--watch"]).await;
    let (documents, chunks_after) = (documents - 1, held(&third).await.1);
    assert_eq!(held(&third).await.0, documents);
    assert_eq!(held(&new).await.0, documents, "what is gone leaves both generations");
    operate(&third, &["fsck", "--deep"]).await;
    stop("pagemill-worker", working).await;

    let second_node = StandIn::start().await.expect("a search server");
    let both = programs.index(&[&node, &second_node.url()], "index = 'third'\n");
    let both = programs.configuration("operator-both.toml", &url, &both).await;
    let said = operate(&both, &["rebalance"]).await;
    assert_eq!(held(&both).await, (documents, chunks_after), "{said}");
    let (left, _) = held(&third).await;
    assert!(0 < left && left < documents, "{left} of {documents} stay where they were: {said}");
    operate(&both, &["fsck", "--deep"]).await;
    let found = operate(&both, &["search", "warranty period", "--json"]).await;
    assert!(found.contains(".pdf"), "{found}");
    stop("pagemill-planner", planning).await;
}
