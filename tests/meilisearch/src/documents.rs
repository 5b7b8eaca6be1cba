//! Documents in bodies: NDJSON or a JSON array to entries, and what `documents/fetch` asks for. In: bytes. Out: entries,
//! or the server's refusal.

use crate::answer::ServerError;
use crate::filter;
use crate::index::{Entry, Facet, Index, facets};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Reads a body of documents.
pub(crate) fn read(content_type: &str, body: &[u8]) -> Result<Vec<Entry>, ServerError> {
    let malformed = |format: &str, error: serde_json::Error| {
        ServerError::new(
            "malformed_payload",
            format!(
                "The `{format}` payload provided is malformed. `Couldn't serialize document value: {error}`."
            ),
        )
    };
    if body.is_empty() {
        return Err(ServerError::new("missing_payload", "A payload is missing."));
    }
    match content_type {
        "application/x-ndjson" => serde_json::Deserializer::from_slice(body)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|e| malformed("ndjson", e)),
        "application/json" => serde_json::from_slice(body).map_err(|e| malformed("json", e)),
        other => Err(ServerError::new(
            "invalid_content_type",
            format!(
                "The Content-Type `{other}` is invalid. Accepted values are `application/json`, `application/x-ndjson`"
            ),
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fetch {
    #[serde(default)]
    offset: usize,
    #[serde(default = "twenty")]
    limit: usize,
    fields: Option<Vec<String>>,
    filter: Option<Value>,
    ids: Option<Vec<String>>,
    sort: Option<Vec<String>>,
    #[serde(default)]
    retrieve_vectors: bool,
}

fn twenty() -> usize {
    20
}

pub(crate) fn fetch(index: &Index, asked: &Fetch) -> Result<Value, ServerError> {
    let filter = match &asked.filter {
        Some(given) => Some(filter::parse(given, &index.settings.filterable(), "invalid_document_filter")?),
        None => None,
    };
    let mut found: Vec<&Entry> = index
        .entries
        .iter()
        .filter(|(id, _)| asked.ids.as_ref().is_none_or(|ids| ids.contains(id)))
        .map(|(_, entry)| entry)
        .filter(|entry| filter.as_ref().is_none_or(|filter| filter.admits(entry)))
        .collect();
    for rule in asked.sort.iter().flatten().rev() {
        let (field, descending) = match rule.rsplit_once(':') {
            Some((field, "asc")) => (field, false),
            Some((field, "desc")) => (field, true),
            _ => {
                return Err(ServerError::new(
                    "invalid_document_sort",
                    format!("Invalid syntax for the sort parameter: `{rule}`."),
                ));
            }
        };
        if !index.settings.sortable().iter().any(|sortable| sortable == field) {
            let message = format!("Attribute `{field}` is not sortable.");
            return Err(ServerError::new("invalid_document_sort", message));
        }
        found.sort_by(|a, b| order(facets(a, field).first(), facets(b, field).first(), descending));
    }
    let page = found.iter().skip(asked.offset).take(asked.limit);
    let page =
        page.map(|entry| Value::Object(index.shown(entry, asked.fields.as_deref(), asked.retrieve_vectors)));
    let results: Vec<Value> = page.collect();
    Ok(json!({ "results": results, "offset": asked.offset, "limit": asked.limit, "total": found.len() }))
}

/// Entries without the field come last, whichever the direction; numbers come before texts.
fn order(a: Option<&Facet>, b: Option<&Facet>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
            if descending { order.reverse() } else { order }
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
