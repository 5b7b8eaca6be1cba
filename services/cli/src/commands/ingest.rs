//! `pagemill ingest`: the index as the folder is; once, or again and again with `--watch`.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::Ingest;
use crate::config::Config;
use crate::{progress_bar, wire};
use pagemill_pipeline::ingest::{IngestSummary, WhenEmpty, ingest};
use pagemill_pipeline::{Failure, Objects};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a watched folder is looked at.
const WATCH_EVERY: Duration = Duration::from_secs(2);

pub async fn run(arguments: Ingest, config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    let objects = wire::source(&arguments.source)?;
    let local = wire::Local::open(config).await?;
    let _writing = local.begin_writing()?;
    let when_empty = if arguments.allow_empty { WhenEmpty::Remove } else { WhenEmpty::Keep };
    let mut ended = once(&local, config, objects.as_ref(), when_empty, &shutdown, arguments.json).await?;
    while arguments.watch && !shutdown.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(WATCH_EVERY) => {}
            () = shutdown.cancelled() => return Ok(ended),
        }
        let run = local.run(&config.ingest, Some(objects.source()), Arc::default(), &shutdown);
        let summary = ingest(&run, objects.as_ref(), when_empty).await?;
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
            "{} removed from the index: no longer in the folder",
            count(counts.gone, "document")
        ));
    }
    if summary.kept_because_empty > 0 {
        lines.push(format!(
            "The folder is empty, yet {} of it are indexed: nothing was removed. If it is meant to be empty, say \
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
