//! `pagemill ingest`: the index as the folder or bucket is; once, or again and again with `--watch`.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::Ingest;
use crate::config::Config;
use crate::{progress_bar, wire};
use pagemill_connectors::{Scheme, SourceName, parse_source};
use pagemill_pipeline::ingest::{IngestSummary, WhenEmpty, ingest};
use pagemill_pipeline::{Failure, Objects};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a watched source is listed again. Listing a bucket costs requests, and time.
pub fn watch_every(source: &SourceName) -> Duration {
    match source.scheme() {
        Scheme::File => Duration::from_secs(2),
        Scheme::S3 | Scheme::Gs | Scheme::Az => Duration::from_secs(60),
    }
}

pub async fn run(arguments: Ingest, config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    let name = parse_source(&arguments.source)?;
    let watch_every = watch_every(&name);
    let local = wire::Local::open(config).await?;
    let objects = local.open_source(name).await?;
    let _writing = local.begin_writing()?;
    let when_empty = if arguments.allow_empty { WhenEmpty::Remove } else { WhenEmpty::Keep };
    let mut ended = once(&local, config, objects.as_ref(), when_empty, &shutdown, arguments.json).await?;
    while arguments.watch && !shutdown.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(watch_every) => {}
            () = shutdown.cancelled() => return Ok(ended),
        }
        let run = local.run(&config.ingest, Some(objects.source()), Arc::default(), &shutdown);
        let summary = match ingest(&run, objects.as_ref(), when_empty).await {
            Ok(summary) => summary,
            // A watch outlasts trouble that passes.
            Err(Failure::Retry { detail, .. }) => {
                tracing::warn!(%detail, "the source is listed again next time");
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let counts = &summary.counts;
        if counts.indexed + counts.failed + counts.gone > 0 {
            ended = report(&summary, arguments.json)?;
        }
    }
    Ok(ended)
}

async fn once(
    local: &wire::Local,
    config: &Config,
    objects: &dyn Objects,
    when_empty: WhenEmpty,
    shutdown: &CancellationToken,
    as_json: bool,
) -> Result<Ended, Failure> {
    let summary = progress_bar::during(|progress| async move {
        let run = local.run(&config.ingest, Some(objects.source()), progress, shutdown);
        ingest(&run, objects, when_empty).await
    })
    .await?;
    report(&summary, as_json)
}

/// Prints the summary; the exit code says whether all went in.
pub fn report(summary: &IngestSummary, as_json: bool) -> Result<Ended, Failure> {
    if as_json {
        json(summary)?;
    } else {
        for text in lines(summary) {
            line(&text)?;
        }
    }
    Ok(match () {
        () if summary.interrupted => Ended::Interrupted,
        () if summary.set_aside > 0 => Ended::WithFailures,
        () => Ended::Done,
    })
}

fn lines(summary: &IngestSummary) -> Vec<String> {
    let counts = &summary.counts;
    let mut lines = Vec::new();
    if counts.due == 0 && counts.gone == 0 && summary.kept_because_empty == 0 {
        lines.push(format!("Nothing to do: {} as before.", count(counts.listed, "document")));
    }
    if counts.indexed > 0 || (counts.due > 0 && counts.unchanged + counts.gone == 0) {
        lines.push(format!(
            "{} indexed: {} pages ({} by OCR), {}",
            count(counts.indexed, "document"),
            counts.pages,
            counts.ocr_pages,
            count(counts.chunks, "chunk")
        ));
    }
    if counts.unchanged > 0 {
        lines.push(format!("{} touched, with the same bytes as before", count(counts.unchanged, "document")));
    }
    if counts.gone > 0 {
        lines.push(format!(
            "{} removed from the index: no longer in the source",
            count(counts.gone, "document")
        ));
    }
    if summary.kept_because_empty > 0 {
        lines.push(format!(
            "The source is empty, yet {} of it are indexed: nothing was removed. If it is meant to be empty, say \
             --allow-empty.",
            count(summary.kept_because_empty, "document")
        ));
    }
    if summary.set_aside > 0 {
        lines.push(format!(
            "{} could not go in: see `pagemill failures`",
            count(summary.set_aside, "document")
        ));
    }
    if summary.interrupted {
        lines.push("Stopped. The next run goes on from here.".to_owned());
    }
    lines
}
