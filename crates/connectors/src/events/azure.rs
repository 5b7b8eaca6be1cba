//! Events of Azure Blob Storage as Event Grid sends them, in its own schema or as CloudEvents. In: one event. Out: what
//! happened, or nothing where no blob changed. The shapes are those of
//! <https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage>.

use super::{EventError, EventKind, ObjectEvent, at_ms, fields};
use crate::source_name::Scheme;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GridEvent {
    #[serde(default)]
    subject: String,
    /// Event Grid's own schema.
    event_time: Option<String>,
    /// CloudEvents.
    time: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    e_tag: Option<String>,
    content_length: Option<u64>,
    /// Compares as text, for one blob.
    sequencer: Option<String>,
    source_url: Option<String>,
    destination_url: Option<String>,
}

pub(super) fn from_event_grid(kind: &str, event: &Value) -> Result<Vec<ObjectEvent>, EventError> {
    let kind = kind.strip_prefix("Microsoft.Storage.").unwrap_or(kind);
    let event: GridEvent = fields(event, "the event of Event Grid")?;
    let of_subject = |kind| Ok(vec![event.about(blob_of_subject(&event.subject)?, kind)?]);
    match kind {
        "BlobCreated" => of_subject(EventKind::Put),
        "BlobDeleted" => of_subject(EventKind::Removed),
        // Out of the archive, perhaps.
        "BlobTierChanged" => of_subject(EventKind::Changed),
        "BlobRenamed" => {
            let url = |url: &Option<String>| {
                blob_of_url(
                    url.as_deref().ok_or_else(|| EventError::new("a renamed blob without its names"))?,
                )
            };
            Ok(vec![
                event.about(url(&event.data.source_url)?, EventKind::Removed)?,
                event.about(url(&event.data.destination_url)?, EventKind::Changed)?,
            ])
        }
        "DirectoryRenamed" | "DirectoryDeleted" => Err(EventError::new(format!(
            "`{}` changed as a whole ({kind}), and the event does not name its blobs; list the source again",
            event.subject
        ))),
        "AsyncOperationInitiated"
        | "BlobInventoryPolicyCompleted"
        | "DirectoryCreated"
        | "LifecyclePolicyCompleted"
        | "Microsoft.EventGrid.SubscriptionValidationEvent"
        | "Microsoft.EventGrid.SubscriptionDeletedEvent" => Ok(vec![]),
        _ => Err(EventError::new(format!("`{kind}` is no event of Azure Blob Storage that is known here"))),
    }
}

impl GridEvent {
    fn about(&self, (bucket, object): (String, String), kind: EventKind) -> Result<ObjectEvent, EventError> {
        let time = self.event_time.as_deref().or(self.time.as_deref());
        let put = kind == EventKind::Put;
        let etag = self.data.e_tag.as_deref().filter(|etag| put && !etag.is_empty());
        Ok(ObjectEvent {
            scheme: Scheme::Az,
            bucket,
            object,
            kind,
            etag: etag.map(|etag| etag.trim_matches('"').to_owned()),
            size_bytes: self.data.content_length.filter(|_| put),
            sequencer: self.data.sequencer.clone().filter(|sequencer| !sequencer.is_empty()),
            at_ms: at_ms(time.ok_or_else(|| EventError::new("an event of Event Grid without its time"))?)?,
        })
    }
}

/// `/blobServices/default/containers/CONTAINER/blobs/NAME`, as it is, not encoded.
fn blob_of_subject(subject: &str) -> Result<(String, String), EventError> {
    let named = subject.strip_prefix("/blobServices/default/containers/");
    match named.and_then(|rest| rest.split_once("/blobs/")) {
        Some((container, name)) if !container.is_empty() && !name.is_empty() => {
            Ok((container.to_owned(), name.to_owned()))
        }
        _ => Err(EventError::new(format!("the subject `{subject}` names no blob"))),
    }
}

/// `https://ACCOUNT.dfs.core.windows.net/CONTAINER/NAME`, encoded.
fn blob_of_url(url: &str) -> Result<(String, String), EventError> {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let names = path.and_then(|path| path.split_once('/'));
    let decoded = names.and_then(|(container, name)| {
        let name = percent_decode_str(name).decode_utf8().ok()?;
        Some((container.to_owned(), name.into_owned()))
    });
    decoded.ok_or_else(|| EventError::new(format!("the address `{url}` names no blob")))
}
