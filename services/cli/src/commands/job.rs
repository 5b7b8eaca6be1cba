//! `pagemill job`: sources brought into the index in the background.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::{Job as Arguments, JobStart, JobStatus};
use crate::config::Config;
use crate::desk::Desk;
use crate::wire;
use pagemill_pipeline::forecast::{Estimate, Forecast, Sampling, forecast};
use pagemill_pipeline::{Catalog, Failure, Job, JobCounts, JobId, JobState, NewJob, Started};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(2);

pub async fn run(
    arguments: Arguments,
    config: &Config,
    shutdown: CancellationToken,
) -> Result<Ended, Failure> {
    match arguments {
        Arguments::Start(start) if start.dry_run => tell_forecast(&start, config).await,
        Arguments::Start(start) => begin(start, config).await,
        Arguments::Status(status) => follow(&status, config, &shutdown).await,
        Arguments::List(list) => {
            let jobs = Desk::open(config).await?.catalog.jobs(list.limit).await?;
            if list.json {
                json(&jobs)?;
            } else if jobs.is_empty() {
                line("There are no jobs. Begin one with `pagemill job start SOURCE`.")?;
            } else {
                for job in &jobs {
                    line(&format!("{}  {:<9}  {}", job.id, state_name(job.state), job.source))?;
                }
            }
            Ok(Ended::Done)
        }
        Arguments::Pause(name) => set(config, &name.job, JobState::Paused).await,
        Arguments::Resume(name) => set(config, &name.job, JobState::Active).await,
        Arguments::Cancel(name) => set(config, &name.job, JobState::Cancelled).await,
    }
}

fn state_name(state: JobState) -> &'static str {
    match state {
        JobState::Active => "active",
        JobState::Paused => "paused",
        JobState::Cancelled => "cancelled",
        JobState::Done => "done",
        JobState::Failed => "failed",
    }
}

async fn begin(start: JobStart, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let source = desk.sources.open(&start.source).await?;
    let new = NewJob {
        source: source.source().to_owned(),
        collection: start.collection,
        idempotency_key: start.idempotency_key,
        allow_empty: start.allow_empty,
    };
    let (job, before) = match desk.catalog.start_job(new).await? {
        Started::New(job) => (job, false),
        Started::Before(job) => (job, true),
        Started::OtherCollection => {
            return Err(Failure::stop(format!(
                "the documents of {} belong to another collection; start the job for that one, or take them out first \
                 (`pagemill delete --source {0}`)",
                source.source()
            )));
        }
        Started::Overlaps { source } => {
            return Err(Failure::stop(format!(
                "{} and {source}, which is a source already, hold the same objects; start the job for {source}, or \
                 take its documents out first (`pagemill delete --source {source}`)",
                start.source
            )));
        }
    };
    if start.json {
        json(&job)?;
    } else {
        line(&format!(
            "Job {} {}: {}",
            job.id,
            if before { "was started before" } else { "started" },
            job.source
        ))?;
        line(if desk.is_cluster() {
            "The cluster's planner and workers take it from here."
        } else {
            "`pagemill serve` works on it; start it if it is not running."
        })?;
        line(&format!("Follow it with `pagemill job status {} --watch`.", job.id))?;
    }
    Ok(Ended::Done)
}

async fn tell_forecast(start: &JobStart, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let objects = desk.sources.open(&start.source).await?;
    let readers = wire::readers(config)?;
    let sampling =
        Sampling { confined: readers.confined, ocr: Some(readers.ocr), read: config.ingest.read.clone() };
    let forecast = forecast(objects.as_ref(), &sampling, &|_| {}).await?;
    if start.json {
        json(&forecast)?;
        return Ok(Ended::Done);
    }
    for text in forecast_lines(&forecast, start.workers) {
        line(&text)?;
    }
    Ok(Ended::Done)
}

fn forecast_lines(forecast: &Forecast, workers: u32) -> Vec<String> {
    let range =
        |estimate: &Estimate| format!("{:.0} ({:.0} to {:.0})", estimate.value, estimate.low, estimate.high);
    let percent = |share: f64| share * 100.0;
    let mut lines = vec![format!(
        "{} in {:.1} MiB; {} opened as a sample",
        count(forecast.documents, "document"),
        forecast.bytes as f64 / f64::from(1 << 20),
        forecast.sampled
    )];
    if forecast.sampled > 0 {
        lines.push(format!("Pages: {}", range(&forecast.pages)));
        lines.push(format!(
            "Need OCR: {:.0} % ({:.0} to {:.0}) of the pages",
            percent(forecast.ocr_share.value),
            percent(forecast.ocr_share.low),
            percent(forecast.ocr_share.high)
        ));
        let time = |seconds: f64| indicatif::HumanDuration(Duration::from_secs_f64(seconds)).to_string();
        let each = f64::from(workers.max(1));
        lines.push(format!(
            "Reading and OCR with {} of one core: {} ({} to {}); embedding comes on top",
            count(workers.into(), "worker"),
            time(forecast.read_seconds.value / each),
            time(forecast.read_seconds.low / each),
            time(forecast.read_seconds.high / each)
        ));
    }
    if forecast.rejected > 0 {
        lines.push(format!("Of the sample, {} cannot go in", forecast.rejected));
        lines.extend(forecast.first_rejection.iter().map(|why| format!("  such as: {why}")));
    }
    lines.push("Intervals hold 90 % of what such samples give. Nothing was started.".to_owned());
    lines
}

async fn found(catalog: &dyn Catalog, id: Option<&str>) -> Result<Job, Failure> {
    let job = match id {
        Some(id) => catalog.job(&JobId(id.to_owned())).await?,
        None => catalog.jobs(1).await?.into_iter().next(),
    };
    job.ok_or_else(|| {
        Failure::stop(match id {
            Some(id) => format!("there is no job `{id}`; `pagemill job list` names them"),
            None => "there are no jobs yet; begin one with `pagemill job start SOURCE`".to_owned(),
        })
    })
}

async fn set(config: &Config, id: &str, state: JobState) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let job = found(desk.catalog.as_ref(), Some(id)).await?;
    let now = desk.catalog.set_job_state(&job.id, state).await?.map_or(job.state, |job| job.state);
    if now != state {
        return Err(Failure::stop(format!("job {id} is {} and stays so", state_name(now))));
    }
    line(&format!("Job {id} is {}.", state_name(now)))?;
    Ok(Ended::Done)
}

async fn follow(
    arguments: &JobStatus,
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let catalog = desk.catalog.as_ref();
    let id = found(catalog, arguments.job.as_deref()).await?.id;
    loop {
        let job = found(catalog, Some(&id.0)).await?;
        let counts = catalog.job_counts(&job.id).await?;
        if arguments.json {
            json(&serde_json::json!({ "job": job, "counts": counts }))?;
        } else {
            for text in status_lines(&job, &counts) {
                line(&text)?;
            }
        }
        if !arguments.watch || job.state.has_ended() {
            let well = job.state == JobState::Done && counts.totals.failed == 0;
            return Ok(if well || !job.state.has_ended() { Ended::Done } else { Ended::WithFailures });
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = shutdown.cancelled() => return Ok(Ended::Interrupted),
        }
    }
}

fn status_lines(job: &Job, counts: &JobCounts) -> Vec<String> {
    let totals = &counts.totals;
    let mut lines = vec![format!("{}  {}  {}", job.id, state_name(job.state), job.source)];
    lines.push(format!(
        "  listed {}{}, {} of them due",
        job.listed,
        if job.listing_complete { "" } else { " so far" },
        job.due
    ));
    lines.push(format!(
        "  waiting {} (told to workers {}, to be indexed {}, delayed after trouble {}), in work {}, indexed {}, failed {}{}",
        totals.queued,
        counts.published,
        counts.to_index,
        counts.delayed,
        totals.running,
        totals.indexed,
        totals.failed,
        if totals.cancelled > 0 { format!(", cancelled {}", totals.cancelled) } else { String::new() }
    ));
    lines.push(format!(
        "  {} pages ({} by OCR), {}",
        totals.pages,
        totals.ocr_pages,
        count(totals.chunks, "chunk")
    ));
    let left = totals.queued + totals.running;
    if left > 0 && counts.documents_last_minute > 0 {
        let seconds = left as f64 * 60.0 / counts.documents_last_minute as f64;
        lines.push(format!(
            "  {:.1} pages/s over the last minute, about {} left",
            counts.pages_last_minute as f64 / 60.0,
            indicatif::HumanDuration(Duration::from_secs_f64(seconds))
        ));
    }
    if let Some(error) = &job.error {
        lines.push(format!("  failed: {error}"));
    }
    lines
}
