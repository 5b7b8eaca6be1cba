//! What requests carry, checked: path ids, query parameters (a name may come several times), JSON bodies. An unknown
//! parameter is an error that names it, so that a typo is not a silent "no filter".

use crate::error::ApiError;
use crate::shared::Shared;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use pagemill_document::DocumentId;
use pagemill_pipeline::JobId;
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// `{id}` of the path.
pub(crate) struct DocumentPath(pub DocumentId);

/// `{id}` and `{page}` of the path.
pub(crate) struct PagePath(pub DocumentId, pub u32);

/// `{job}` of the path.
pub(crate) struct JobPath(pub JobId);

impl FromRequestParts<Arc<Shared>> for JobPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, ApiError> {
        path_value(parts, state, "job").await.map(|id| Self(JobId(id)))
    }
}

/// Takes an id as it is printed: 24 hex digits.
pub(crate) fn document_id(text: &str) -> Result<DocumentId, ApiError> {
    let printed = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() == 24 && text.bytes().all(printed) {
        return Ok(DocumentId::from_text(text));
    }
    let shown: String = text.chars().take(60).collect();
    Err(ApiError::bad_request(
        "bad_id",
        format!("`{shown}` is not a document id."),
        "Take the id from `GET /api/v1/documents`: 24 characters, 0-9 and a-f.",
    ))
}

async fn path_value(parts: &mut Parts, state: &Arc<Shared>, name: &str) -> Result<String, ApiError> {
    let unreadable =
        |_| ApiError::bad_request("bad_path", "The path is not valid UTF-8.", "Encode the path as UTF-8.");
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(unreadable)?;
    Ok(params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default())
}

impl FromRequestParts<Arc<Shared>> for DocumentPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, ApiError> {
        document_id(&path_value(parts, state, "id").await?).map(Self)
    }
}

impl FromRequestParts<Arc<Shared>> for PagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, ApiError> {
        let id = document_id(&path_value(parts, state, "id").await?)?;
        let page = path_value(parts, state, "page").await?;
        match page.parse::<u32>() {
            Ok(page) if page > 0 => Ok(Self(id, page)),
            _ => Err(ApiError::bad_request("bad_page", "The page is not a number.", "Pages count from 1.")),
        }
    }
}

/// Query parameters, each taken once by name; [`Params::finish`] complains about the rest.
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl Params {
    /// Every value of `name`, in order.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, rest) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = rest;
        Vec::into_iter(taken).map(|(_, value)| value).collect()
    }

    /// The value of `name`; given twice is an error.
    pub fn one(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let mut values = self.all(name);
        if values.len() > 1 {
            let message = format!("The parameter `{name}` is given {} times.", values.len());
            return Err(ApiError::bad_request("bad_parameter", message, "Give it once."));
        }
        Ok(values.pop())
    }

    pub fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(default) };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(ApiError::bad_request(
                "bad_parameter",
                format!("The parameter `{name}` is not a number from {} to {}.", range.start(), range.end()),
                format!("Leave it out for {default}."),
            )),
        }
    }

    pub fn finish(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::bad_request(
                "unknown_parameter",
                format!("There is no parameter `{}` here.", name.chars().take(60).collect::<String>()),
                "See `GET /api/v1/openapi.json` for the parameters of each call.",
            )),
        }
    }
}

/// A JSON body, on a route with this body limit. Asks for the content type: a form on another web site cannot send it.
pub(crate) struct JsonBody<T, const LIMIT_BYTES: usize = MAX_JSON_BYTES>(pub T);

/// Bytes of a JSON body, at most.
pub(crate) const MAX_JSON_BYTES: usize = 64 << 10;

impl<T: DeserializeOwned, const LIMIT_BYTES: usize> FromRequest<Arc<Shared>> for JsonBody<T, LIMIT_BYTES> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Arc<Shared>) -> Result<Self, ApiError> {
        if !has_type(&request, "application/json") {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "The body is not declared as JSON.",
                "Send `Content-Type: application/json`.",
            ));
        }
        let bytes = body_bytes(request, state, LIMIT_BYTES).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let advice = "See `GET /api/v1/openapi.json` for the body of each call.";
            ApiError::bad_request("bad_json", format!("The body cannot be read: {error}."), advice)
        })
    }
}

/// Whether the request declares this media type.
pub(crate) fn has_type(request: &Request, media_type: &str) -> bool {
    let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared.is_some_and(|declared| {
        declared.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(media_type))
    })
}

/// The whole body. The route's body limit must be `limit_bytes`.
pub(crate) async fn body_bytes(
    request: Request,
    state: &Arc<Shared>,
    limit_bytes: usize,
) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return ApiError::too_large(limit_bytes);
        }
        ApiError::bad_request("broken_body", "The body ended early.", "Send the request again.")
    })
}
