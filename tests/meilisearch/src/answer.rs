//! Refusals in the server's form: message, code, type, link, and `Retry-After` where the server sends it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct ServerError {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub retry_after_seconds: Option<u64>,
}

/// Statuses of the codes that are used here, as the server's source lists them.
fn status_of(code: &str) -> u16 {
    match code {
        "missing_authorization_header" | "missing_master_key" => 401,
        "invalid_api_key" => 403,
        "index_not_found" | "document_not_found" | "task_not_found" => 404,
        "payload_too_large" => 413,
        "missing_content_type" | "invalid_content_type" => 415,
        "no_space_left_on_device" | "io_error" | "too_many_open_files" => 422,
        "internal" => 500,
        "not_modelled" => 501,
        "too_many_search_requests" => 503,
        _ => 400,
    }
}

fn type_of(code: &str) -> &'static str {
    match code {
        "missing_authorization_header" | "missing_master_key" | "invalid_api_key" => "auth",
        "no_space_left_on_device" | "io_error" | "too_many_open_files" | "too_many_search_requests" => {
            "system"
        }
        "internal" | "database_size_limit_reached" => "internal",
        _ => "invalid_request",
    }
}

impl ServerError {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: status_of(code),
            code: code.into(),
            message: message.into(),
            retry_after_seconds: None,
        }
    }

    pub fn not_modelled(what: &str) -> Self {
        Self::new("not_modelled", format!("the stand-in does not model {what}"))
    }

    pub fn index_not_found(uid: &str) -> Self {
        Self::new("index_not_found", format!("Index `{uid}` not found."))
    }

    /// The object that stands in answers and in failed tasks.
    pub fn body(&self) -> Value {
        json!({
            "message": self.message,
            "code": self.code,
            "type": type_of(&self.code),
            "link": format!("https://docs.meilisearch.com/errors#{}", self.code),
        })
    }
}

impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
