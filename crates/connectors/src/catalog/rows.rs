//! Rows of the catalog as values, and names as they stand in columns.

use super::Query;
use pagemill_document::{ContentHash, DocumentId, Grade};
use pagemill_extract::RejectReason;
use pagemill_pipeline::{
    CatalogTotals, Claim, DocumentRecord, DocumentState, Failure, Job, JobId, JobState, Pipeline, Provenance,
    RecordedFailure, Stage, Task, Wanted,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A value of an enum as serde names it (`too_large`), which is how it stands in a column.
pub(super) fn name(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| Failure::stop(format!("a value of the catalog could not be written: {error}")))
}

pub(super) fn unsigned(row: &AnyRow, column: &str) -> u64 {
    row.get::<Option<i64>, _>(column).unwrap_or(0).max(0) as u64
}

fn job_id(row: &AnyRow) -> Option<JobId> {
    row.get::<Option<String>, _>("job").map(JobId)
}

pub(super) fn id(row: &AnyRow) -> DocumentId {
    DocumentId::from_text(row.get::<String, _>("id"))
}

pub(super) fn stage(row: &AnyRow) -> Stage {
    named(&row.get::<String, _>("stage")).unwrap_or_default()
}

/// What put a document into the index; `None` where it is not there.
fn made_by(row: &AnyRow) -> Option<Provenance> {
    row.get::<Option<String>, _>("indexed_pipeline").map(|version| Provenance {
        version,
        ocr: row.get("indexed_ocr"),
        lowest_confidence: row.get::<Option<f64>, _>("ocr_confidence").map(|lowest| lowest as f32),
    })
}

/// Whether a pipeline renews a document, as [`Pipeline::renews`] decides it: its parts are the parameters `$N`, `$N+1` and
/// `$N+2` that [`bind_pipeline`] binds, from `first` on.
pub(super) fn renewed(first: usize) -> String {
    let (version, ocr, below) = (first, first + 1, first + 2);
    format!(
        "(coalesce(document.indexed_pipeline, '') <> ${version} or (document.ocr_confidence is not null
         and cast(${ocr} as text) is not null and coalesce(document.indexed_ocr, '') <> ${ocr}
         and document.ocr_confidence < ${below}))"
    )
}

/// Binds what [`renewed`] asks for.
pub(super) fn bind_pipeline<'q>(query: Query<'q>, pipeline: Option<&Pipeline>) -> Query<'q> {
    query
        .bind(pipeline.map(|pipeline| pipeline.version.clone()))
        .bind(pipeline.and_then(|pipeline| pipeline.ocr.clone()))
        .bind(confidence_below(pipeline.and_then(|pipeline| pipeline.renew_ocr_below)))
}

/// What a confidence is below when it grades below this; with none, what every confidence is below. Never null: sqlx tells
/// PostgreSQL the wrong type of a null among floating numbers, and the statement keeps it.
pub(super) fn confidence_below(grade: Option<Grade>) -> f64 {
    grade.map_or(2.0, least_confidence)
}

fn least_confidence(grade: Grade) -> f64 {
    f64::from(grade.least_ocr_confidence())
}

pub(super) fn task(row: &AnyRow) -> Task {
    Task {
        document: id(row),
        claim: Claim::from_text(row.get::<Option<String>, _>("claim").unwrap_or_default()),
        source: row.get("source"),
        key: row.get("key"),
        collection: row.get("collection"),
        job: job_id(row),
        etag: row.get("etag"),
        size_bytes: unsigned(row, "size_bytes"),
        version_ms: row.get("version_ms"),
        wanted: if unsigned(row, "removal") == 0 { Wanted::AsSource } else { Wanted::Removed },
        stage: stage(row),
        attempt: unsigned(row, "attempts") as u32,
        indexed_hash: row.get::<Option<String>, _>("indexed_hash").map(ContentHash::from_text),
        indexed_by: made_by(row),
    }
}

pub(super) fn record(row: &AnyRow) -> DocumentRecord {
    let failure = row.get::<Option<String>, _>("failure_reason").map(|reason| RecordedFailure {
        reason: named(&reason).unwrap_or(RejectReason::Unreadable),
        detail: row.get::<Option<String>, _>("failure_detail").unwrap_or_default(),
        advice: row.get::<Option<String>, _>("failure_advice").unwrap_or_default(),
    });
    DocumentRecord {
        id: id(row),
        source: row.get("source"),
        key: row.get("key"),
        collection: row.get("collection"),
        etag: row.get("etag"),
        size_bytes: unsigned(row, "size_bytes"),
        state: named(&row.get::<String, _>("state")).unwrap_or(DocumentState::Queued),
        stage: stage(row),
        job: job_id(row),
        indexed_hash: row.get::<Option<String>, _>("indexed_hash").map(ContentHash::from_text),
        indexed_by: made_by(row),
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

/// What a query by state has to select for [`add_totals`].
pub(super) fn totals() -> String {
    let [fair, good] = [Grade::Fair, Grade::Good].map(least_confidence);
    format!(
        "state, count(*) as documents, cast(sum(pages) as bigint) as pages,
         cast(sum(ocr_page_count) as bigint) as ocr_pages, cast(sum(chunks) as bigint) as chunks,
         cast(sum(case when ocr_confidence < {fair:?} then 1 else 0 end) as bigint) as ocr_poor,
         cast(sum(case when ocr_confidence >= {fair:?} and ocr_confidence < {good:?} then 1 else 0 end) as bigint) as ocr_fair"
    )
}

/// Adds a row of [`totals`].
pub(super) fn add_totals(totals: &mut CatalogTotals, row: &AnyRow) {
    let documents = unsigned(row, "documents");
    match named(&row.get::<String, _>("state")) {
        Some(DocumentState::Queued) | None => totals.queued += documents,
        Some(DocumentState::Running) => totals.running += documents,
        Some(DocumentState::Failed) => totals.failed += documents,
        Some(DocumentState::Cancelled) => totals.cancelled += documents,
        Some(DocumentState::Indexed) => {
            totals.indexed += documents;
            totals.pages += unsigned(row, "pages");
            totals.ocr_pages += unsigned(row, "ocr_pages");
            totals.ocr_poor_documents += unsigned(row, "ocr_poor");
            totals.ocr_fair_documents += unsigned(row, "ocr_fair");
            totals.chunks += unsigned(row, "chunks");
        }
    }
}

pub(super) fn job(row: &AnyRow) -> Job {
    Job {
        id: JobId(row.get("id")),
        source: row.get("source"),
        collection: row.get("collection"),
        state: named(&row.get::<String, _>("state")).unwrap_or(JobState::Failed),
        allow_empty: unsigned(row, "allow_empty") != 0,
        listing: row.get("listing"),
        listing_complete: unsigned(row, "listing_complete") != 0,
        cursor: row.get("cursor"),
        listed: unsigned(row, "listed"),
        due: unsigned(row, "due"),
        error: row.get("error"),
        created_ms: row.get("created_ms"),
        updated_ms: row.get("updated_ms"),
    }
}
