//! Events of Google Cloud Storage as Pub/Sub hands them on. In: the attributes of a message. Out: what happened, or nothing
//! where no object changed. The attributes are those of <https://cloud.google.com/storage/docs/pubsub-notifications>.

use super::{EventError, EventKind, ObjectEvent, at_ms, fields};
use crate::source_name::Scheme;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    event_type: String,
    bucket_id: String,
    object_id: String,
    object_generation: String,
    event_time: String,
    /// The generation that took the place of the one that this event is about.
    overwritten_by_generation: Option<String>,
}

pub(super) fn from_attributes(attributes: &Value) -> Result<Option<ObjectEvent>, EventError> {
    let event: Attributes = fields(attributes, "the attributes of the Pub/Sub message")?;
    let kind = match event.event_type.as_str() {
        "OBJECT_FINALIZE" => EventKind::Put,
        // The other half of a replacement, whose first half tells all.
        "OBJECT_DELETE" | "OBJECT_ARCHIVE" if event.overwritten_by_generation.is_some() => return Ok(None),
        "OBJECT_DELETE" | "OBJECT_ARCHIVE" => EventKind::Removed,
        "OBJECT_METADATA_UPDATE" => return Ok(None),
        other => {
            return Err(EventError::new(format!(
                "`{other}` is no event of Cloud Storage that is known here"
            )));
        }
    };
    let generation: u64 = event
        .object_generation
        .parse()
        .map_err(|_| EventError::new(format!("the generation `{}` is no number", event.object_generation)))?;
    // A generation is removed after it was made, and both events carry its number.
    let half = u8::from(kind == EventKind::Removed);
    Ok(Some(ObjectEvent {
        scheme: Scheme::Gs,
        bucket: event.bucket_id,
        object: event.object_id,
        kind,
        // Events give the JSON API's ETag, listings the XML API's.
        etag: None,
        size_bytes: None,
        sequencer: Some(format!("{generation:020}.{half}")),
        at_ms: at_ms(&event.event_time)?,
    }))
}
