//! Errors as the API says them: a status, and `{"error": {"code", "message", "advice"}}`. The code is stable and for
//! programs; the message says what is wrong and the advice what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::Failure;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    pub body: ErrorBody,
    retry_after_seconds: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    pub code: Cow<'static, str>,
    pub message: String,
    pub advice: String,
}

impl ApiError {
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let body = ErrorBody { code: code.into(), message: message.into(), advice: advice.into() };
        Self { status, body, retry_after_seconds: None }
    }

    pub fn bad_request(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, advice)
    }

    pub fn not_found(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message, advice)
    }

    /// Too much at once: come again.
    pub fn busy(message: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, "Try again in a few seconds.");
        Self { retry_after_seconds: Some(5), ..error }
    }

    /// Something that is needed does not answer now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        let error =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message, "Try again in a few seconds.");
        Self { retry_after_seconds: Some(5), ..error }
    }

    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("The request is larger than {limit_bytes} bytes."),
            "Send less, or raise the limit (`gateway.max_upload_mib` for PDFs).",
        )
    }

    pub fn timed_out(seconds: u64) -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timed_out",
            format!("No answer within {seconds} s."),
            "Ask again when less is going on, or raise `gateway.answer_deadline_seconds`.",
        )
    }
}

/// The code of a reject reason, such as `encrypted`.
fn reason_code(reason: RejectReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(code)) => code,
        _ => "rejected".to_owned(),
    }
}

/// A statement with a capital.
fn sentence(statement: &str) -> String {
    let mut letters = statement.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        let status = match rejection.reason {
            RejectReason::Unavailable => StatusCode::NOT_FOUND,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let code = format!("reject.{}", reason_code(rejection.reason));
        let message = format!("{} ({}).", sentence(rejection.reason.statement()), rejection.detail);
        Self::new(status, code, message, rejection.reason.advice())
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry { after, detail } => {
                tracing::warn!(%detail, "a request met passing trouble");
                let error =
                    Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail, "Try again shortly.");
                Self { retry_after_seconds: Some(after.as_secs().max(1)), ..error }
            }
            Failure::Reject(rejection) => rejection.into(),
            Failure::Stop(message) => {
                tracing::error!(%message, "a request met a wrong set-up");
                let advice = "Mend the set-up that the message names and start Pagemill again.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", message, advice)
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(serde_json::json!({ "error": self.body }))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
