//! Plans many keys of a source that makes them up, and prints the rate and the peak of memory: `plan_keys KEYS
//! sqlite|postgres|URL`. Half-way the planner is stopped, and another one goes on from its cursor; then all is listed again, as a
//! sweep does. `postgres` starts a server of its own. Never opens an object.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a tool for developers")]

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pagemill_connectors::memory::OneSource;
use pagemill_connectors::{CatalogConfig, CatalogTasks, SqlCatalog};
use pagemill_pipeline::plan::{Plan, PlanConfig, list_jobs};
use pagemill_pipeline::{Catalog, DueQuery, Failure, Fetched, ListedObject, NewJob, Objects, Started};
use pagemill_test_servers::Postgres;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

const SOURCE: &str = "memory://keys";

/// So many keys in order, none of them kept; the stop is asked for at one of them.
struct MadeUp {
    keys: u64,
    stop_at: u64,
    stop: CancellationToken,
}

#[async_trait]
impl Objects for MadeUp {
    fn source(&self) -> &str {
        SOURCE
    }

    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        let digits = after
            .and_then(|key| key.trim_start_matches("2026/").trim_end_matches(".pdf").parse::<u64>().ok());
        let first = digits.map_or(0, |last| last + 1);
        stream::iter(first..self.keys)
            .map(move |number| {
                if number == self.stop_at {
                    self.stop.cancel();
                }
                let key = format!("2026/{number:012}.pdf");
                Ok(ListedObject {
                    key,
                    size_bytes: 100_000 + number % 977,
                    etag: format!("{number:x}"),
                    modified_ms: 1,
                })
            })
            .boxed()
    }

    async fn fetch(&self, _key: &str) -> Result<Fetched, Failure> {
        Ok(Fetched::Gone)
    }

    async fn put(&self, key: &str, _bytes: &[u8]) -> Result<String, Failure> {
        Err(Failure::stop(format!("{key}: nothing can be put here")))
    }

    async fn remove(&self, _key: &str) -> Result<(), Failure> {
        Ok(())
    }
}

/// The peak of resident memory so far, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

async fn plan(catalog: &Arc<dyn Catalog>, keys: u64, stop_at: u64) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    let planned = Plan {
        catalog: catalog.clone(),
        sources: Arc::new(OneSource(Arc::new(MadeUp { keys, stop_at, stop: shutdown.clone() }))),
        tasks: Arc::new(CatalogTasks::new(catalog.clone(), None)),
        events: Vec::new(),
        read_events: |_, _| Vec::new(),
        config: PlanConfig::default(),
        shutdown,
    };
    list_jobs(&planned).await
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let keys = arguments.next().and_then(|keys| keys.parse().ok()).unwrap_or(1_000_000_u64);
    let place = arguments.next().unwrap_or_else(|| "sqlite".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let server = match place.as_str() {
        "postgres" => Some(Postgres::start().await.expect("a PostgreSQL server")),
        _ => None,
    };
    let connect = async |url| SqlCatalog::connect(&CatalogConfig { url, ..CatalogConfig::default() }).await;
    let catalog = match (&server, place.as_str()) {
        (Some(server), _) => connect(server.database("planning").await.expect("a database")).await?,
        (None, "sqlite") => SqlCatalog::open_file(&folder.path().join("catalog.sqlite")).await?,
        (None, url) => connect(url.to_owned()).await?,
    };
    let catalog: Arc<dyn Catalog> = Arc::new(catalog);
    let new = NewJob {
        source: SOURCE.into(),
        collection: "default".into(),
        idempotency_key: None,
        allow_empty: false,
    };
    let Started::New(job) = catalog.start_job(new.clone()).await? else {
        return Err(Failure::stop("the database was planned into before"));
    };
    let began = Instant::now();
    plan(&catalog, keys, keys / 2).await?;
    let half = catalog.job(&job.id).await?.expect("there");
    // The lease of the planner that stopped has to run out: pausing and resuming gives it back at once.
    catalog.set_job_state(&job.id, pagemill_pipeline::JobState::Paused).await?;
    catalog.set_job_state(&job.id, pagemill_pipeline::JobState::Active).await?;
    plan(&catalog, keys, u64::MAX).await?;
    let seconds = began.elapsed().as_secs_f64();
    let done = catalog.job(&job.id).await?.expect("there");
    let queued = catalog.queued(None).await?.documents;
    let rate = |seconds: f64| keys as f64 / seconds;
    println!("{place}: {keys} keys planned in {seconds:.1} s: {:.0} a second", rate(seconds));
    println!(
        "stopped at {} and gone on; {} listed, {queued} queued, complete: {}",
        half.cursor.unwrap_or_default(),
        done.listed,
        done.listing_complete
    );
    let began = Instant::now();
    catalog.start_job(new).await?;
    plan(&catalog, keys, u64::MAX).await?;
    let seconds = began.elapsed().as_secs_f64();
    println!("listed again in {seconds:.1} s: {:.0} a second", rate(seconds));
    let began = Instant::now();
    let due = catalog.due(DueQuery { limit: 1000, ..DueQuery::default() }).await?;
    catalog.mark_published(&due).await?;
    let told = began.elapsed().as_secs_f64() * 1000.0;
    let began = Instant::now();
    let counted = catalog.published().await?;
    println!(
        "{} found due and noted as told in {told:.0} ms; {counted} counted in {:.0} ms; {} MiB of memory at most",
        due.len(),
        began.elapsed().as_secs_f64() * 1000.0,
        peak_mib()
    );
    Ok(())
}
