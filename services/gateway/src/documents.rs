//! The documents as the catalog and the stored artifacts know them: lists with paging, and one in detail.

use crate::access::{Access, Limit};
use crate::error::ApiError;
use crate::params::{DocumentPath, Params};
use crate::shared::{Shared, State};
use axum::Json;
use pagemill_document::{DocumentId, Grade, Metadata, OutlineEntry, Readiness, Warning};
use pagemill_pipeline::{
    CatalogTotals, DocumentFilter, DocumentRecord, DocumentState, JobId, OcrSummary, PageOcr, RecordedFailure,
};
use serde::Serialize;

const MAX_DOCUMENTS: usize = 200;
const DEFAULT_DOCUMENTS: usize = 50;
const MAX_WARNINGS: usize = 500;

#[derive(Serialize)]
pub(crate) struct DocumentsResponse {
    documents: Vec<RecordView>,
    /// Give it as `after` for what follows; null at the end.
    next: Option<String>,
    totals: CatalogTotals,
}

/// A row of the catalog as the API shows it.
#[derive(Serialize)]
pub(crate) struct RecordView {
    id: DocumentId,
    source: String,
    key: String,
    collection: String,
    size_bytes: u64,
    state: DocumentState,
    attempts: u32,
    failure: Option<RecordedFailure>,
    title: Option<String>,
    language: Option<String>,
    pages: u32,
    ocr_page_count: usize,
    /// How well OCR read it; null where no page needed it.
    ocr: Option<OcrSummary>,
    chunks: u32,
    readiness: Option<ReadinessView>,
    warnings: u32,
    updated_ms: i64,
    /// Whether it was added here and can be removed here.
    removable: bool,
}

#[derive(Serialize)]
struct ReadinessView {
    score: f32,
    grade: Grade,
}

#[derive(Serialize)]
pub(crate) struct DetailsResponse {
    record: DetailedRecord,
    /// What the stored artifact says; null unless the document is in the index.
    document: Option<ArtifactView>,
}

#[derive(Serialize)]
struct DetailedRecord {
    #[serde(flatten)]
    record: RecordView,
    ocr_pages: Vec<OcrPageView>,
}

#[derive(Serialize)]
struct OcrPageView {
    #[serde(flatten)]
    page: PageOcr,
    grade: Grade,
}

#[derive(Serialize)]
struct ArtifactView {
    metadata: Metadata,
    outline: Vec<OutlineEntry>,
    readiness: Readiness,
    /// At most the first 500.
    warnings: Vec<Warning>,
}

fn view(shared: &Shared, record: DocumentRecord) -> RecordView {
    let uploads = shared.gateway.uploads.as_ref();
    let removable = uploads.is_some_and(|uploads| uploads.place.source() == record.source);
    RecordView {
        id: record.id,
        source: record.source,
        key: record.key,
        collection: record.collection,
        size_bytes: record.size_bytes,
        state: record.state,
        attempts: record.attempts,
        failure: record.failure,
        title: record.title,
        language: record.language,
        pages: record.pages,
        ocr_page_count: PageOcr::count_whole(&record.ocr_pages),
        ocr: OcrSummary::of(&record.ocr_pages),
        chunks: record.chunks,
        readiness: record.readiness.map(|score| ReadinessView { score, grade: Grade::of(score) }),
        warnings: record.warnings,
        updated_ms: record.updated_ms,
        removable,
    }
}

pub(crate) async fn list(
    state: State,
    access: Access,
    mut params: Params,
) -> Result<Json<DocumentsResponse>, ApiError> {
    let states: &[Option<DocumentState>] = match params.one("state")?.as_deref() {
        None | Some("") => &[None],
        Some("queued") => &[Some(DocumentState::Queued)],
        Some("running") => &[Some(DocumentState::Running)],
        Some("pending") => &[Some(DocumentState::Queued), Some(DocumentState::Running)],
        Some("indexed") => &[Some(DocumentState::Indexed)],
        Some("failed") => &[Some(DocumentState::Failed)],
        Some("cancelled") => &[Some(DocumentState::Cancelled)],
        Some(_) => {
            let advice = "Give `queued`, `running`, `pending` (both), `indexed`, `failed` or `cancelled`.";
            return Err(ApiError::bad_request("bad_parameter", "There is no such `state`.", advice));
        }
    };
    let ocr_below = ocr_below(params.one("ocr_below")?.as_deref())?;
    page_of(&state, &access, states, ocr_below, params).await
}

pub(crate) async fn failures(
    state: State,
    access: Access,
    params: Params,
) -> Result<Json<DocumentsResponse>, ApiError> {
    page_of(&state, &access, &[Some(DocumentState::Failed)], None, params).await
}

async fn page_of(
    shared: &Shared,
    access: &Access,
    states: &[Option<DocumentState>],
    ocr_below: Option<Grade>,
    mut params: Params,
) -> Result<Json<DocumentsResponse>, ApiError> {
    let source = params.one("source")?;
    let job = params.one("job")?.map(JobId);
    let collections = access.readable().limit(&params.all("collection"));
    let after = params.one("after")?.map(|cursor| place_of(&cursor)).transpose()?;
    let limit = params.number("limit", 1..=MAX_DOCUMENTS, DEFAULT_DOCUMENTS)?;
    params.finish()?;
    // Counted before the list is read: a client that compares counts then reads a stale list again, never keeps it.
    let totals = shared.totals(access.readable()).await?;
    let Limit::Collections(collections) = collections else {
        return Ok(Json(DocumentsResponse { documents: Vec::new(), next: None, totals }));
    };
    let mut records = Vec::new();
    for state in states {
        let filter = DocumentFilter {
            source: source.clone(),
            state: *state,
            job: job.clone(),
            collections: collections.clone(),
            ocr_below,
            after: after.clone(),
            limit: limit + 1,
        };
        records.extend(shared.gateway.catalog.documents(filter).await?);
    }
    records.sort_by(|a, b| (&a.source, &a.key).cmp(&(&b.source, &b.key)));
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(|last| cursor_at(&last.source, &last.key));
    let documents = records.into_iter().map(|record| view(shared, record)).collect();
    Ok(Json(DocumentsResponse { documents, next, totals }))
}

/// Only documents with a page that OCR read worse than this.
fn ocr_below(named: Option<&str>) -> Result<Option<Grade>, ApiError> {
    match named {
        None | Some("") => Ok(None),
        Some("fair") => Ok(Some(Grade::Fair)),
        Some("good") => Ok(Some(Grade::Good)),
        Some("excellent") => Ok(Some(Grade::Excellent)),
        Some(_) => {
            let advice = "Give `fair`, `good` or `excellent`; nothing grades below `poor`.";
            Err(ApiError::bad_request("bad_parameter", "Nothing grades below this `ocr_below`.", advice))
        }
    }
}

/// A cursor is (source, key) as hex of JSON: opaque to clients, and good even when the document is gone.
fn cursor_at(source: &str, key: &str) -> String {
    serde_json::json!([source, key]).to_string().bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn place_of(cursor: &str) -> Result<(String, String), ApiError> {
    let bytes: Option<Vec<u8>> = (cursor.is_ascii() && cursor.len().is_multiple_of(2))
        .then(|| {
            (0..cursor.len()).step_by(2).map(|at| u8::from_str_radix(&cursor[at..at + 2], 16).ok()).collect()
        })
        .flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        let advice = "Give what `next` of the page before said, or leave it out for the first page.";
        ApiError::bad_request("bad_cursor", "`after` is not a cursor.", advice)
    })
}

pub(crate) async fn details(
    state: State,
    access: Access,
    DocumentPath(id): DocumentPath,
    params: Params,
) -> Result<Json<DetailsResponse>, ApiError> {
    params.finish()?;
    let record = state.readable(&access, &id).await?;
    let document = state.gateway.artifacts.get(&id).await?.map(|mut document| {
        document.warnings.truncate(MAX_WARNINGS);
        ArtifactView {
            metadata: document.metadata,
            outline: document.outline,
            readiness: document.readiness,
            warnings: document.warnings,
        }
    });
    let graded = |page: &PageOcr| OcrPageView { page: page.clone(), grade: page.grade() };
    let ocr_pages = record.ocr_pages.iter().map(graded).collect();
    let record = DetailedRecord { record: view(&state, record), ocr_pages };
    Ok(Json(DetailsResponse { record, document }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_grade_to_be_below_is_told() {
        for (named, expected) in
            [("", None), ("fair", Some(Grade::Fair)), ("excellent", Some(Grade::Excellent))]
        {
            assert_eq!(ocr_below(Some(named)).unwrap(), expected, "{named}");
        }
        for wrong in ["poor", "bad", "Good"] {
            assert_eq!(ocr_below(Some(wrong)).unwrap_err().body.code, "bad_parameter", "{wrong}");
        }
    }

    #[test]
    fn cursors_come_back_whole_and_nonsense_is_refused() {
        let place = ("file:///a b".to_owned(), "가/나.pdf".to_owned());
        assert_eq!(place_of(&cursor_at(&place.0, &place.1)).unwrap(), place);
        for nonsense in ["zz", "abc", "00", "가나", "%"] {
            assert_eq!(place_of(nonsense).unwrap_err().body.code, "bad_cursor", "{nonsense}");
        }
    }
}
