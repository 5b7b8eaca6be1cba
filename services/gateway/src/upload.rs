//! PDFs added over HTTP: the raw file or a form, checked to be a PDF, stored under a name of its own, ingest woken.
//! The same file under the same name is not stored twice.

use crate::access::Access;
use crate::error::ApiError;
use crate::params::{Params, body_bytes, has_type};
use crate::shared::{Shared, State};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_document::{ContentHash, DocumentId};
use pagemill_pipeline::Objects;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The header may stand anywhere in the first kibibyte (ISO 32000-2, annex I).
const HEADER_WINDOW_BYTES: usize = 1024;
const MAX_NAME_BYTES: usize = 180;
/// A slower client gives its place to others.
const RECEIVED_WITHIN: Duration = Duration::from_secs(600);
/// Uploads remembered until the catalog knows them.
const RECENT: usize = 1024;

#[derive(Serialize)]
struct Added {
    id: DocumentId,
    key: String,
    /// Whether the same file was there already: nothing was stored.
    known: bool,
}

/// Names given lately: between storing a file and its listing by ingest, the catalog does not know it.
#[derive(Default)]
pub(crate) struct RecentUploads(Mutex<VecDeque<(String, ContentHash)>>);

impl RecentUploads {
    fn hash_of(&self, key: &str) -> Option<ContentHash> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().rev().find(|(name, _)| name == key).map(|(_, hash)| hash.clone())
    }

    fn add(&self, key: String, hash: ContentHash) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back((key, hash));
        if recent.len() > RECENT {
            recent.pop_front();
        }
    }

    pub fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(name, _)| name != key);
    }
}

pub(crate) async fn add(
    axum::extract::State(shared): State,
    access: Access,
    mut params: Params,
    request: Request,
) -> Result<Response, ApiError> {
    let Some(uploads) = shared.gateway.uploads.clone() else {
        let message = "Documents cannot be added here.";
        let advice =
            "Put them where this server reads from, or set `uploads.source` of the gateway to a place.";
        return Err(ApiError::new(StatusCode::CONFLICT, "no_uploads", message, advice));
    };
    access.check_write(&uploads.collection)?;
    let name = params.one("name")?;
    params.finish()?;
    let limit_bytes = shared.config.max_upload_bytes();
    if declared_length(request.headers()).is_some_and(|length| length > limit_bytes as u64 + 4096) {
        return Err(ApiError::too_large(limit_bytes));
    }
    let Ok(_turn) = shared.receiving.try_acquire() else {
        return Err(ApiError::busy("Other PDFs are being received."));
    };
    let (name, bytes) = tokio::time::timeout(RECEIVED_WITHIN, receive(request, &shared, name, limit_bytes))
        .await
        .map_err(|_| {
            let message = format!("The file did not arrive within {} s.", RECEIVED_WITHIN.as_secs());
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "too_slow",
                message,
                "Send it again over a faster line.",
            )
        })??;
    if bytes.len() > limit_bytes {
        return Err(ApiError::too_large(limit_bytes));
    }
    check_is_pdf(&bytes)?;
    let hash = hash_of(bytes.clone()).await?;
    let upload = Upload { place: uploads.place.as_ref(), hash, bytes };
    upload.store(&shared, &file_name(name.as_deref().unwrap_or_default())).await
}

/// The file and its name: a form's own, unless the query gives one.
async fn receive(
    request: Request,
    shared: &Arc<Shared>,
    name: Option<String>,
    limit_bytes: usize,
) -> Result<(Option<String>, Bytes), ApiError> {
    if !has_type(&request, "multipart/form-data") {
        return Ok((name, body_bytes(request, shared, limit_bytes).await?));
    }
    let (in_form, bytes) = from_form(request, shared, limit_bytes).await?;
    Ok((name.or(in_form), bytes))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The first file of a form, with its name.
async fn from_form(
    request: Request,
    shared: &Arc<Shared>,
    limit_bytes: usize,
) -> Result<(Option<String>, Bytes), ApiError> {
    let broken = |status: StatusCode, detail: String| match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(limit_bytes),
        _ => {
            ApiError::bad_request("bad_form", format!("The form cannot be read: {detail}."), "Send it again.")
        }
    };
    let mut form = Multipart::from_request(request, shared)
        .await
        .map_err(|rejection| broken(rejection.status(), rejection.body_text()))?;
    while let Some(field) =
        form.next_field().await.map_err(|error| broken(error.status(), error.body_text()))?
    {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let bytes = field.bytes().await.map_err(|error| broken(error.status(), error.body_text()))?;
        return Ok((Some(name), bytes));
    }
    let advice = "Put the PDF into a file field, or send it as the body with `?name=`.";
    Err(ApiError::bad_request("no_file", "The form holds no file.", advice))
}

fn check_is_pdf(bytes: &[u8]) -> Result<(), ApiError> {
    let head = &bytes[..bytes.len().min(HEADER_WINDOW_BYTES)];
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Ok(());
    }
    let message = if bytes.is_empty() {
        "The file is empty."
    } else {
        "The file is not a PDF: it has no %PDF- header."
    };
    let advice = "Save the document as PDF and add that.";
    Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "not_a_pdf", message, advice))
}

async fn hash_of(bytes: Bytes) -> Result<ContentHash, ApiError> {
    tokio::task::spawn_blocking(move || ContentHash::of(&bytes)).await.map_err(|error| {
        let advice = "Send it again; look at the log if it goes on.";
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "not_stored",
            format!("Hashing failed: {error}."),
            advice,
        )
    })
}

/// A name that is safe as a key: no folders, no control characters, not hidden, not endless, ends in `.pdf`.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let unsafe_in_names =
        |c: char| c.is_control() || "<>:\"|?*".contains(c) || ('\u{202a}'..='\u{202e}').contains(&c);
    let clean: String = last.chars().map(|c| if unsafe_in_names(c) { '_' } else { c }).collect();
    let clean = clean.trim().trim_start_matches('.');
    let mut stem = match clean.len().checked_sub(4).filter(|at| clean.is_char_boundary(*at)) {
        Some(at) if clean[at..].eq_ignore_ascii_case(".pdf") => clean[..at].to_owned(),
        _ => clean.to_owned(),
    };
    while stem.len() > MAX_NAME_BYTES {
        stem.pop();
    }
    let stem = stem.trim_end();
    format!("{}.pdf", if stem.is_empty() { "document" } else { stem })
}

/// A PDF on its way to its place.
struct Upload<'a> {
    place: &'a dyn Objects,
    hash: ContentHash,
    bytes: Bytes,
}

enum Holder {
    Nobody,
    /// The name is taken, by these bytes.
    Holds(ContentHash),
    /// The name is taken by a document that is not in the index.
    Unread,
}

impl Upload<'_> {
    /// Stores under `name`, or under the name with a part of the hash where another file has it.
    async fn store(&self, shared: &Shared, name: &str) -> Result<Response, ApiError> {
        let stem = name.strip_suffix(".pdf").unwrap_or(name);
        let own = format!("{stem}-{}.pdf", &self.hash.as_str()[..8]);
        let (key, known) = match self.holder(shared, name).await? {
            Holder::Nobody => (name.to_owned(), false),
            Holder::Holds(there) if there == self.hash => (name.to_owned(), true),
            // Unknown bytes under this name: keep away from it.
            Holder::Holds(_) | Holder::Unread => {
                let holder = self.holder(shared, &own).await?;
                let known = matches!(holder, Holder::Holds(there) if there == self.hash);
                (own, known)
            }
        };
        let key = if known { key } else { self.put(shared, key).await? };
        let id = DocumentId::new(self.place.source(), &key);
        let location = HeaderValue::try_from(format!("/api/v1/documents/{id}")).ok();
        let status = if known { StatusCode::OK } else { StatusCode::ACCEPTED };
        let mut response = (status, Json(Added { id, key, known })).into_response();
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    async fn put(&self, shared: &Shared, key: String) -> Result<String, ApiError> {
        // Noted first: a second upload of the name that comes meanwhile keeps away from it.
        shared.recent_uploads.add(key.clone(), self.hash.clone());
        let stored = self.place.put(&key, &self.bytes).await;
        let stored = stored.inspect_err(|_| shared.recent_uploads.forget(&key))?;
        if stored != key {
            shared.recent_uploads.add(stored.clone(), self.hash.clone());
        }
        shared.gateway.ingest_wake.notify_one();
        tracing::info!(key = %stored, size_bytes = self.bytes.len(), "added");
        Ok(stored)
    }

    async fn holder(&self, shared: &Shared, key: &str) -> Result<Holder, ApiError> {
        if let Some(hash) = shared.recent_uploads.hash_of(key) {
            return Ok(Holder::Holds(hash));
        }
        let id = DocumentId::new(self.place.source(), key);
        if let Some(card) = shared.gateway.index.card(&id).await? {
            return Ok(Holder::Holds(card.content_hash));
        }
        let known = shared.gateway.catalog.document(&id).await?.is_some();
        Ok(if known { Holder::Unread } else { Holder::Nobody })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn file_names_become_safe_keys() {
        let check = |given: &str, expected: &str| assert_eq!(file_name(given), expected, "{given:?}");
        check("report.pdf", "report.pdf");
        check("Report.PDF", "Report.pdf");
        check("휴가 규정.pdf", "휴가 규정.pdf");
        check("../../etc/passwd", "passwd.pdf");
        check("C:\\docs\\a.pdf", "a.pdf");
        check("..", "document.pdf");
        check("", "document.pdf");
        check(".pdf", "pdf.pdf");
        check("a\u{202e}fdp.exe", "a_fdp.exe.pdf");
        check("a\nb.pdf", "a_b.pdf");
        check(&format!("{}.pdf", "가".repeat(200)), &format!("{}.pdf", "가".repeat(60)));
    }

    #[test]
    fn a_pdf_has_its_header_near_the_start() {
        assert!(check_is_pdf(b"%PDF-1.7\n").is_ok());
        assert!(check_is_pdf(&[&[0; 900][..], b"%PDF-1.4"].concat()).is_ok());
        assert_eq!(check_is_pdf(b"").unwrap_err().body.message, "The file is empty.");
        assert!(check_is_pdf(b"<html>%PDF").is_err());
        assert!(check_is_pdf(&[&[0; 2000][..], b"%PDF-1.4"].concat()).is_err());
    }
}
