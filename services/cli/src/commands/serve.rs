//! `pagemill serve`: the web page and the HTTP API, and an ingest that keeps up with uploads, watched folders and buckets.

use super::ingest::watch_every;
use crate::Ended;
use crate::arguments::Serve;
use crate::config::Config;
use crate::wire::{self, Local};
use pagemill_connectors::parse_source;
use pagemill_gateway::{Gateway, Uploads};
use pagemill_pipeline::forecast::Sampling;
use pagemill_pipeline::ingest::{WhenEmpty, ingest, resume};
use pagemill_pipeline::plan::{Plan, PlanConfig, list_jobs};
use pagemill_pipeline::{DEFAULT_COLLECTION, Failure, Objects};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often sources are looked at when nothing wakes the loop.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A source that the index keeps up with.
struct Watched {
    objects: Arc<dyn Objects>,
    every: Duration,
    /// When it is listed again.
    due: Instant,
}

pub async fn run(
    arguments: Serve,
    mut config: Config,
    shutdown: CancellationToken,
) -> Result<Ended, Failure> {
    if let Some(address) = arguments.address {
        config.gateway.address = address;
    }
    let local = Arc::new(Local::open(&config).await?);
    let uploads = wire::uploads(&local)?;
    let mut watched = Vec::new();
    for source in &arguments.watch {
        let name = parse_source(source)?;
        let every = watch_every(&name);
        watched.push(Watched { objects: local.open_source(name).await?, every, due: Instant::now() });
    }
    let answerer = Arc::new(wire::answerer_over(&local, &config)?);
    let wake = Arc::new(Notify::new());
    let readers = &local.stages.readers;
    let sampling = Sampling {
        confined: readers.confined.clone(),
        ocr: Some(readers.ocr.clone()),
        read: config.ingest.read.clone(),
    };
    let gateway = Gateway {
        answerer,
        embedder: local.stages.embedder.clone(),
        index: local.index.clone(),
        catalog: local.stages.catalog.clone(),
        artifacts: local.stages.artifacts.clone(),
        sources: local.stages.sources.clone(),
        sampling,
        uploads: Some(Uploads { place: uploads.clone(), collection: DEFAULT_COLLECTION.to_owned() }),
        ingest_wake: wake.clone(),
    };
    let address = config.gateway.address;
    println!("Pagemill is at http://{address}/ (stop with Ctrl-C)");
    let keeping_up = tokio::spawn(keep_up(local, config.clone(), uploads, watched, wake, shutdown.clone()));
    let served = pagemill_gateway::run(config.gateway.clone(), gateway, shutdown.clone()).await;
    shutdown.cancel();
    if let Err(error) = keeping_up.await {
        tracing::error!(%error, "the ingest loop ended unexpectedly");
    }
    served.map_err(|error| Failure::stop(error.to_string()))?;
    Ok(Ended::Done)
}

/// Ingests what comes, whenever no other process writes. Trouble is logged and met again at the next turn: the page
/// goes on answering.
async fn keep_up(
    local: Arc<Local>,
    config: Config,
    uploads: Arc<dyn Objects>,
    mut watched: Vec<Watched>,
    wake: Arc<Notify>,
    shutdown: CancellationToken,
) {
    while !shutdown.is_cancelled() {
        if let Err(failure) = turn(&local, &config, &uploads, &mut watched, &shutdown).await {
            tracing::warn!(%failure, "the ingest beside the server met trouble; it tries again");
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

async fn turn(
    local: &Local,
    config: &Config,
    uploads: &Arc<dyn Objects>,
    watched: &mut [Watched],
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let Some(writing) = local.try_begin_writing()? else {
        tracing::debug!("another process writes; uploads wait for it");
        return Ok(());
    };
    let ingest_config = &config.ingest;
    // The uploads folder is ours: empty means that the last upload was deleted.
    let run = |source| local.run(ingest_config, source, Arc::default(), shutdown);
    ingest(&run(Some(uploads.source())), uploads.as_ref(), WhenEmpty::Remove).await?;
    for source in watched.iter_mut().filter(|source| source.due <= Instant::now()) {
        let objects = source.objects.as_ref();
        source.due = Instant::now() + source.every;
        ingest(&run(Some(objects.source())), objects, WhenEmpty::Keep).await?;
    }
    let planned = Plan {
        catalog: local.stages.catalog.clone(),
        sources: local.stages.sources.clone(),
        tasks: run(None).tasks,
        events: Vec::new(),
        read_events: |_, _| Vec::new(),
        config: PlanConfig::default(),
        shutdown: shutdown.clone(),
    };
    list_jobs(&planned).await?;
    // What a job listed and what a retry put back, of whatever source.
    resume(&run(None)).await?;
    local.stages.catalog.end_settled_jobs().await?;
    drop(writing);
    Ok(())
}
