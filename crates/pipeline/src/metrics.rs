//! Every metric name in one place. Labels come from enums and literals only, never from data.

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge};
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
static PAGES: LazyLock<IntCounterVec> =
    registered!(register_int_counter_vec!("pagemill_pages_total", "Pages indexed, by where their text came from.", &["text"]));
static CHUNKS: LazyLock<IntCounter> = registered!(register_int_counter!("pagemill_chunks_total", "Chunks indexed."));
static RETRIES: LazyLock<IntCounter> =
    registered!(register_int_counter!("pagemill_retries_total", "Attempts that met passing trouble."));
static IN_FLIGHT: LazyLock<IntGauge> =
    registered!(register_int_gauge!("pagemill_documents_in_flight", "Documents being worked on."));
static STAGE_SECONDS: LazyLock<HistogramVec> = registered!(register_histogram_vec!(
    "pagemill_stage_seconds",
    "Wall time of a stage for one document.",
    &["stage"],
    vec![0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0]
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
}

pub fn document(outcome: Outcome) {
    let label = match outcome {
        Outcome::Indexed => "indexed",
        Outcome::Unchanged => "unchanged",
        Outcome::Failed => "failed",
        Outcome::Removed => "removed",
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

pub fn in_flight() -> &'static IntGauge {
    &IN_FLIGHT
}

pub fn stage_seconds(stage: &'static str) -> Histogram {
    STAGE_SECONDS.with_label_values(&[stage])
}

pub fn answer(kind: &'static str) {
    ANSWERS.with_label_values(&[kind]).inc();
}

pub fn search_seconds() -> &'static Histogram {
    &SEARCH_SECONDS
}
