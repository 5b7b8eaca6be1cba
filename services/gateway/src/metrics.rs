//! What the gateway counts. Labels are routes as declared, methods and classes of status: never what a client sent.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus::{HistogramVec, IntCounterVec, register_histogram_vec, register_int_counter_vec};
use std::sync::LazyLock;
use std::time::Instant;

/// Registration fails only when a name is used twice, which the first test run shows.
static REQUESTS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "pagemill_http_requests_total",
        "HTTP requests answered, by route, method and class of status.",
        &["route", "method", "status"]
    )
    .unwrap_or_else(|error| panic!("metric: {error}"))
});
static SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    register_histogram_vec!(
        "pagemill_http_request_seconds",
        "Time until the response began.",
        &["route"],
        vec![0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0]
    )
    .unwrap_or_else(|error| panic!("metric: {error}"))
});

pub(crate) async fn count(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = method_label(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    REQUESTS.with_label_values(&[route, method, status_label(response.status().as_u16())]).inc();
    SECONDS.with_label_values(&[route]).observe(begun.elapsed().as_secs_f64());
    response
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "get",
        Method::POST => "post",
        Method::DELETE => "delete",
        Method::HEAD => "head",
        _ => "other",
    }
}

fn status_label(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
