//! What the model service counts. Labels are calls and codes as gRPC declares them, never what a client sent.

use pagemill_pipeline::GenerationEnd;
use prometheus::{Histogram, HistogramVec, IntCounterVec, IntGauge};
use std::sync::LazyLock;
use tonic::Code;

/// Registration fails only when a name is used twice, which the first test run shows.
macro_rules! registered {
    ($make:ident!($($argument:expr),*)) => {
        LazyLock::new(|| prometheus::$make!($($argument),*).unwrap_or_else(|error| panic!("metric: {error}")))
    };
}

static CALLS: LazyLock<IntCounterVec> = registered!(register_int_counter_vec!(
    "pagemill_model_calls_total",
    "Calls answered, by method and gRPC code.",
    &["method", "code"]
));
static SECONDS: LazyLock<HistogramVec> = registered!(register_histogram_vec!(
    "pagemill_model_call_seconds",
    "Time until a call was answered to its end, waiting included.",
    &["method"],
    vec![0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0]
));
static TOKENS: LazyLock<IntCounterVec> = registered!(register_int_counter_vec!(
    "pagemill_model_tokens_total",
    "Tokens read and written by the generation model.",
    &["kind"]
));
static WAITING: LazyLock<IntGauge> = registered!(register_int_gauge!(
    "pagemill_model_waiting_requests",
    "Requests that wait for the generation model."
));

static SERVED: LazyLock<IntGauge> = registered!(register_int_gauge!(
    "pagemill_model_served_requests",
    "Requests that the generation model writes at the moment; at most generator.conversations."
));

/// The methods of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Describe,
    Generate,
    CountTokens,
    Embed,
    Tokenizer,
}

impl Method {
    fn label(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Generate => "generate",
            Self::CountTokens => "count_tokens",
            Self::Embed => "embed",
            Self::Tokenizer => "tokenizer",
        }
    }
}

pub fn call(method: Method, code: Code) {
    CALLS.with_label_values(&[method.label(), &format!("{code:?}")]).inc();
}

pub fn seconds(method: Method) -> Histogram {
    SECONDS.with_label_values(&[method.label()])
}

pub fn generation(end: &GenerationEnd) {
    TOKENS.with_label_values(&["prompt"]).inc_by(end.prompt_tokens as u64);
    TOKENS.with_label_values(&["generated"]).inc_by(end.generated_tokens as u64);
}

pub fn waiting(requests: usize) {
    WAITING.set(requests as i64);
}

pub fn served(requests: usize) {
    SERVED.set(requests as i64);
}
