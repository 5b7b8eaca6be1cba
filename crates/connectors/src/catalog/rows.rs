//! Rows of the catalog as values, and names as they stand in columns.

use pagemill_document::{ContentHash, DocumentId};
use pagemill_extract::RejectReason;
use pagemill_pipeline::{DocumentRecord, DocumentState, RecordedFailure, Task};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(super) fn state_name(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Queued => "queued",
        DocumentState::Running => "running",
        DocumentState::Indexed => "indexed",
        DocumentState::Failed => "failed",
    }
}

fn state(name: &str) -> DocumentState {
    match name {
        "running" => DocumentState::Running,
        "indexed" => DocumentState::Indexed,
        "failed" => DocumentState::Failed,
        _ => DocumentState::Queued,
    }
}

/// The reason as serde names it (`too_large`).
pub(super) fn reason_name(reason: RejectReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{reason:?}"),
    }
}

fn reason(name: &str) -> RejectReason {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).unwrap_or(RejectReason::Unreadable)
}

fn unsigned(row: &SqliteRow, column: &str) -> u64 {
    row.get::<i64, _>(column).max(0) as u64
}

pub(super) fn task(row: &SqliteRow) -> Task {
    Task {
        document: DocumentId::from_text(row.get::<String, _>("id")),
        source: row.get("source"),
        key: row.get("key"),
        etag: row.get("etag"),
        modified_ms: row.get("modified_ms"),
        size_bytes: unsigned(row, "size_bytes"),
        attempt: unsigned(row, "attempts") as u32,
        indexed_hash: row.get::<Option<String>, _>("indexed_hash").map(ContentHash::from_text),
        indexed_pipeline: row.get("indexed_pipeline"),
    }
}

pub(super) fn record(row: &SqliteRow) -> DocumentRecord {
    let failure = row.get::<Option<String>, _>("failure_reason").map(|name| RecordedFailure {
        reason: reason(&name),
        detail: row.get::<Option<String>, _>("failure_detail").unwrap_or_default(),
        advice: row.get::<Option<String>, _>("failure_advice").unwrap_or_default(),
    });
    let state = state(&row.get::<String, _>("state"));
    DocumentRecord {
        id: DocumentId::from_text(row.get::<String, _>("id")),
        source: row.get("source"),
        key: row.get("key"),
        size_bytes: unsigned(row, "size_bytes"),
        state,
        attempts: unsigned(row, "attempts") as u32,
        // What a queued document failed with last time is history, kept until it succeeds.
        failure,
        title: row.get("title"),
        language: row.get("language"),
        pages: unsigned(row, "pages") as u32,
        ocr_pages: serde_json::from_str(&row.get::<String, _>("ocr_pages")).unwrap_or_default(),
        chunks: unsigned(row, "chunks") as u32,
        readiness: row.get::<Option<f64>, _>("readiness").map(|score| score as f32),
        warnings: unsigned(row, "warnings") as u32,
        updated_ms: row.get("updated_ms"),
    }
}
