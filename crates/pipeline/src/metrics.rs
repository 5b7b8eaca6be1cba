//! Every metric name in one place. Labels come from enums and literals only, never from data.

use prometheus::{CounterVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Registration fails only when a name is used twice, which the first test run shows.
macro_rules! registered {
    ($make:ident!($($argument:expr),*)) => {
        LazyLock::new(|| prometheus::$make!($($argument),*).unwrap_or_else(|error| panic!("metric: {error}")))
    };
}

static DOCUMENTS: LazyLock<IntCounterVec> = registered!(register_int_counter_vec!(
    "pagemill_documents_total",
    "Documents settled, by outcome.",
    &["outcome"]
));
static PAGES: LazyLock<IntCounterVec> = registered!(register_int_counter_vec!(
    "pagemill_pages_total",
    "Pages indexed, by where their text came from.",
    &["text"]
));
static CHUNKS: LazyLock<IntCounter> =
    registered!(register_int_counter!("pagemill_chunks_total", "Chunks indexed."));
static RETRIES: LazyLock<IntCounter> =
    registered!(register_int_counter!("pagemill_retries_total", "Attempts that met passing trouble."));
static IN_FLIGHT: LazyLock<IntGauge> =
    registered!(register_int_gauge!("pagemill_documents_in_flight", "Documents being worked on."));
static EVENTS: LazyLock<IntCounterVec> = registered!(register_int_counter_vec!(
    "pagemill_source_events_total",
    "Change events of sources, by what they came to.",
    &["outcome"]
));
static RECLAIMED: LazyLock<IntCounter> = registered!(register_int_counter!(
    "pagemill_documents_reclaimed_total",
    "Documents queued again because their worker fell silent."
));
static PUBLISHED: LazyLock<IntGauge> = registered!(register_int_gauge!(
    "pagemill_queue_lag_documents",
    "Documents that the task queue was told of and no worker has taken."
));
static WAITING: LazyLock<IntGauge> = registered!(register_int_gauge!(
    "pagemill_queue_waiting_documents",
    "Documents that wait, told of or not."
));
static STAGE_SECONDS: LazyLock<HistogramVec> = registered!(register_histogram_vec!(
    "pagemill_stage_seconds",
    "Wall time of a stage for one document.",
    &["stage"],
    vec![0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0]
));
static STAGE_CPU_SECONDS: LazyLock<CounterVec> = registered!(register_counter_vec!(
    "pagemill_stage_cpu_seconds_total",
    "Processor time of our own stages in this process, native libraries left out.",
    &["stage"]
));
static ANSWERS: LazyLock<IntCounterVec> =
    registered!(register_int_counter_vec!("pagemill_answers_total", "Answers given, by kind.", &["kind"]));
static SEARCH_SECONDS: LazyLock<Histogram> = registered!(register_histogram!(
    "pagemill_search_seconds",
    "Wall time of a search, embedding of the question included.",
    vec![0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 5.0]
));

/// Outcomes of a document.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Indexed,
    Unchanged,
    Failed,
    Removed,
    /// To a worker of the other role.
    HandedOver,
    /// Worked on after the claim had run out.
    Superseded,
}

pub fn document(outcome: Outcome) {
    let label = match outcome {
        Outcome::Indexed => "indexed",
        Outcome::Unchanged => "unchanged",
        Outcome::Failed => "failed",
        Outcome::Removed => "removed",
        Outcome::HandedOver => "handed_over",
        Outcome::Superseded => "superseded",
    };
    DOCUMENTS.with_label_values(&[label]).inc();
}

pub fn pages(native: u64, ocr: u64) {
    PAGES.with_label_values(&["native"]).inc_by(native);
    PAGES.with_label_values(&["ocr"]).inc_by(ocr);
}

pub fn chunks(count: u64) {
    CHUNKS.inc_by(count);
}

pub fn retry() {
    RETRIES.inc();
}

/// What an event came to.
#[derive(Clone, Copy, Debug)]
pub enum EventOutcome {
    /// A document became due.
    Due,
    /// It was known, or older than what is known.
    NoChange,
    Unreadable,
}

pub fn event(outcome: EventOutcome) {
    let label = match outcome {
        EventOutcome::Due => "due",
        EventOutcome::NoChange => "no_change",
        EventOutcome::Unreadable => "unreadable",
    };
    EVENTS.with_label_values(&[label]).inc();
}

pub fn reclaimed(documents: u64) {
    RECLAIMED.inc_by(documents);
}

/// Documents that wait, told of or not: what is left to do.
pub fn waiting(documents: i64) {
    WAITING.set(documents);
}

/// Documents that the task queue was told of and nobody has taken: the lag that workers are scaled on.
pub fn published(documents: i64) {
    PUBLISHED.set(documents);
}

pub fn in_flight() -> &'static IntGauge {
    &IN_FLIGHT
}

pub fn stage_seconds(stage: &'static str) -> Histogram {
    STAGE_SECONDS.with_label_values(&[stage])
}

/// Runs work on this thread and counts its processor time for a stage.
pub fn on_cpu<T>(stage: &'static str, work: impl FnOnce() -> T) -> T {
    let before = thread_cpu_seconds();
    let done = work();
    STAGE_CPU_SECONDS.with_label_values(&[stage]).inc_by((thread_cpu_seconds() - before).max(0.0));
    done
}

/// Processor seconds of each stage so far.
pub fn stage_cpu_seconds() -> BTreeMap<&'static str, f64> {
    STAGES.iter().map(|stage| (*stage, STAGE_CPU_SECONDS.with_label_values(&[stage]).get())).collect()
}

/// The stages whose processor time is ours alone.
const STAGES: &[&str] = &["segment", "chunk", "index"];

fn thread_cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

pub fn answer(kind: &'static str) {
    ANSWERS.with_label_values(&[kind]).inc();
}

pub fn search_seconds() -> &'static Histogram {
    &SEARCH_SECONDS
}
