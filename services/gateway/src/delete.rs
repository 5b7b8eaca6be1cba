//! Removing a document that was added here. Documents of other sources are removed where they lie: removed only here,
//! they would come back with the next ingest.

use crate::access::Access;
use crate::error::ApiError;
use crate::params::{DocumentPath, Params};
use crate::shared::State;
use axum::Json;
use axum::http::StatusCode;
use pagemill_document::DocumentId;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Removing {
    id: DocumentId,
    state: &'static str,
}

pub(crate) async fn delete(
    state: State,
    access: Access,
    DocumentPath(id): DocumentPath,
    params: Params,
) -> Result<(StatusCode, Json<Removing>), ApiError> {
    params.finish()?;
    let gateway = &state.gateway;
    let record = state.readable(&access, &id).await?;
    access.check_write(&record.collection)?;
    let uploads = gateway.uploads.as_ref().filter(|uploads| uploads.place.source() == record.source);
    let Some(uploads) = uploads else {
        let message =
            format!("{} belongs to {}; removed only here, it would come back.", record.key, record.source);
        let advice = "Remove the file there; the next ingest takes it out of the index.";
        return Err(ApiError::new(StatusCode::CONFLICT, "not_removable", message, advice));
    };
    uploads.place.remove(&record.key).await?;
    state.recent_uploads.forget(&record.key);
    // Index, artifact and catalog are ingest's to write: it sees that the object is gone and clears up in that order.
    gateway.ingest_wake.notify_one();
    tracing::info!(key = %record.key, "removed");
    Ok((StatusCode::ACCEPTED, Json(Removing { id, state: "removing" })))
}
