//! `pagemill selftest`: makes documents in a scratch place, has workers of its own bring them in while it kills them, and
//! compares what came of it. Proves on somebody's own cluster what the tests prove here. Leaves nothing behind.

use super::{count, line};
use crate::Ended;
use crate::arguments::Selftest;
use crate::config::Config;
use crate::desk::Desk;
use pagemill_document::DocumentId;
use pagemill_pipeline::fsck::{Fsck, FsckOptions, FsckReport, fsck};
use pagemill_pipeline::{Failure, Job, JobState, NewJob, Objects, Started};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const COLLECTION: &str = "pagemill-selftest";
/// One in so many is no PDF, and has to be set aside.
const BROKEN_EVERY: usize = 20;
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The first kill comes while the first documents are in work; then the others have time to get somewhere.
const FIRST_KILL: Duration = Duration::from_secs(4);
const KILL_AFTER_MS: std::ops::Range<u64> = 8_000..20_000;
const STOP_WITHIN: Duration = Duration::from_secs(30);

pub async fn run(
    arguments: Selftest,
    config: &Config,
    shutdown: CancellationToken,
) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    if !desk.is_cluster() {
        return Err(Failure::stop(
            "`pagemill selftest` tests a cluster: name its `catalog` in the configuration",
        ));
    }
    let name =
        format!("{}/pagemill-selftest-{:08x}", arguments.source.trim_end_matches('/'), rand::random::<u32>());
    let objects = desk.sources.open(&name).await?;
    line(&format!("Making {} in {name}", count(arguments.documents as u64, "document")))?;
    let keys: Vec<String> = (0..arguments.documents).map(|number| format!("{number:06}.pdf")).collect();
    for (number, key) in keys.iter().enumerate() {
        let bytes = if is_broken(number) { b"not a PDF".to_vec() } else { pdf(number) };
        objects.put(key, &bytes).await?;
    }
    let mut workers = Workers::start(&arguments)?;
    let tested = test(&desk, objects.as_ref(), &mut workers, &arguments, &shutdown).await;
    let cleaned = clean_up(&desk, objects.as_ref(), &keys).await;
    workers.stop().await;
    cleaned?;
    let report = tested?;
    told(&report, &workers, arguments.documents)
}

/// Works the documents off, killing workers if that is asked for, and compares.
async fn test(
    desk: &Desk,
    objects: &dyn Objects,
    workers: &mut Workers,
    arguments: &Selftest,
    shutdown: &CancellationToken,
) -> Result<FsckReport, Failure> {
    let new = NewJob {
        source: objects.source().to_owned(),
        collection: COLLECTION.into(),
        idempotency_key: None,
        allow_empty: false,
    };
    let Started::New(job) = desk.catalog.start_job(new).await? else {
        return Err(Failure::stop(format!(
            "{} lies within a source that is ingested; name a scratch place beside it",
            objects.source()
        )));
    };
    let deadline = Instant::now() + Duration::from_secs(arguments.deadline_seconds);
    let mut next_kill = Instant::now() + FIRST_KILL;
    // What the test puts the cluster through, or its operator, passes: the catalog may be away for a while.
    while !matches!(passing(is_done(desk, &job).await)?, Some(true)) {
        if shutdown.is_cancelled() {
            return Err(Failure::stop("stopped before the test was done"));
        }
        if Instant::now() > deadline {
            let counts = passing(desk.catalog.job_counts(&job.id).await)?.unwrap_or_default();
            return Err(Failure::stop(format!(
                "not done within {} s: {:?}; look at the log of planner and workers",
                arguments.deadline_seconds, counts.totals
            )));
        }
        if arguments.kill && Instant::now() > next_kill {
            workers.kill_one().await?;
            next_kill = Instant::now() + random_pause();
        }
        workers.check()?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let options =
        FsckOptions { deep: true, source: Some(objects.source().to_owned()), ..FsckOptions::default() };
    let compared = Fsck {
        catalog: desk.catalog.as_ref(),
        index: desk.index.as_ref(),
        sources: desk.sources.as_ref(),
        options,
    };
    loop {
        let report = fsck(&compared, |found| {
            // A reader that has gone away ends the program by itself.
            let _ = line(&format!("  {}: {}", found.finding.statement(), found.key));
        });
        match passing(report.await)? {
            Some(report) => return Ok(report),
            None if Instant::now() > deadline => {
                return Err(Failure::stop(
                    "source, catalog and index cannot be compared: one does not answer",
                ));
            }
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// `None` for trouble that passes.
fn passing<T>(outcome: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(Failure::Retry { detail, .. }) => {
            tracing::warn!(%detail, "asking again");
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

async fn is_done(desk: &Desk, job: &Job) -> Result<bool, Failure> {
    let now = desk.catalog.job(&job.id).await?;
    match now.map(|now| (now.state, now.error)) {
        Some((JobState::Active | JobState::Paused, _)) => Ok(false),
        Some((JobState::Done, _)) => Ok(true),
        Some((_, error)) => Err(Failure::stop(format!("the job ended early: {}", error.unwrap_or_default()))),
        None => Err(Failure::stop("the job is gone from the catalog")),
    }
}

/// Takes the documents out again: from the source, and from index and catalog.
async fn clean_up(desk: &Desk, objects: &dyn Objects, keys: &[String]) -> Result<(), Failure> {
    for key in keys {
        objects.remove(key).await?;
    }
    let ids: Vec<DocumentId> = keys.iter().map(|key| DocumentId::new(objects.source(), key)).collect();
    desk.catalog.request_removal(&ids).await?;
    let deadline = Instant::now() + Duration::from_secs(120);
    while is_left(desk, objects.source()).await? && Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn is_left(desk: &Desk, source: &str) -> Result<bool, Failure> {
    let queued = passing(desk.catalog.queued(Some(source)).await)?;
    Ok(queued.is_none_or(|queued| queued.documents > 0))
}

fn told(report: &FsckReport, workers: &Workers, documents: usize) -> Result<Ended, Failure> {
    let broken = (0..documents).filter(|number| is_broken(*number)).count() as u64;
    let expected = documents as u64 - broken;
    line(&format!("{} killed and replaced", count(workers.killed, "worker")))?;
    line(&format!(
        "{} of {expected} documents indexed, with {}",
        report.indexed,
        count(report.chunks, "chunk")
    ))?;
    line(&format!("{} of {broken} broken documents set aside", report.set_aside.values().sum::<u64>()))?;
    let well = report.is_clean()
        && report.indexed == expected
        && report.set_aside.values().sum::<u64>() == broken
        && report.waiting == 0;
    line(if well {
        "Nothing is lost, nothing is there twice, nothing is stray."
    } else {
        "Something is wrong: see above, and `pagemill fsck --deep`."
    })?;
    Ok(if well { Ended::Done } else { Ended::WithFailures })
}

fn is_broken(number: usize) -> bool {
    number % BROKEN_EVERY == BROKEN_EVERY / 2
}

fn random_pause() -> Duration {
    Duration::from_millis(rand::random_range(KILL_AFTER_MS))
}

/// Workers of this test's own.
struct Workers {
    program: String,
    config: std::path::PathBuf,
    running: Vec<Child>,
    killed: u64,
}

impl Workers {
    fn start(arguments: &Selftest) -> Result<Self, Failure> {
        let mut workers = Self {
            program: arguments.worker_program.clone(),
            config: arguments.worker_config.clone(),
            running: Vec::new(),
            killed: 0,
        };
        for _ in 0..arguments.workers.max(1) {
            let worker = workers.spawn()?;
            workers.running.push(worker);
        }
        Ok(workers)
    }

    fn spawn(&self) -> Result<Child, Failure> {
        Command::new(&self.program)
            .arg("--config")
            .arg(&self.config)
            .env("PAGEMILL__OPS__ADDRESS", "127.0.0.1:0")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                Failure::stop(format!(
                    "`{}` cannot be started: {error}; name it with --worker-program",
                    self.program
                ))
            })
    }

    /// Kills a worker at random, as a lost machine would end, and starts another.
    async fn kill_one(&mut self) -> Result<(), Failure> {
        let at = rand::random_range(0..self.running.len());
        let mut worker = self.running.swap_remove(at);
        let cannot = |error: std::io::Error| Failure::stop(format!("a worker could not be killed: {error}"));
        worker.kill().await.map_err(cannot)?;
        self.killed += 1;
        let worker = self.spawn()?;
        self.running.push(worker);
        Ok(())
    }

    /// A worker that ends by itself is set up wrongly.
    fn check(&mut self) -> Result<(), Failure> {
        for worker in &mut self.running {
            if let Ok(Some(status)) = worker.try_wait() {
                return Err(Failure::stop(format!(
                    "a worker ended by itself ({status}); its last line says what is wrong with its set-up"
                )));
            }
        }
        Ok(())
    }

    async fn stop(&mut self) {
        for mut worker in self.running.drain(..) {
            if let Some(pid) = worker.id() {
                // A worker that has ended already needs no signal.
                let _ = Command::new("kill").arg(pid.to_string()).status().await;
            }
            if tokio::time::timeout(STOP_WITHIN, worker.wait()).await.is_err() {
                let _ = worker.kill().await;
            }
        }
    }
}

/// A PDF of two pages of text, the least that every reader takes.
fn pdf(number: usize) -> Vec<u8> {
    let page_text = |page: usize| {
        format!(
            "BT /F1 12 Tf 72 720 Td (Document {number} of the self-test, page {page}.) Tj 0 -20 Td \
             (It holds the words number{number} and page{page} and nothing else.) Tj ET"
        )
    };
    let stream = |text: String| format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let page = |content: usize| {
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>"
        )
    };
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [4 0 R 5 0 R] /Count 2 >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        page(6),
        page(7),
        stream(page_text(1)),
        stream(page_text(2)),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", number + 1).as_bytes());
    }
    let start = file.len();
    let entries: String = offsets.iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
    file.extend_from_slice(
        format!(
            "xref\n0 {0}\n0000000000 65535 f \n{entries}trailer\n<< /Size {0} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .as_bytes(),
    );
    file
}
