//! What places tell of their changes. In: a message as S3, MinIO, versitygw, Event Grid or Pub/Sub send it, with whatever
//! SNS, SQS, EventBridge and Lambda wrap around it. Out: neutral events, and from them changes of registered sources. An
//! event is a hint: whoever works on the document looks at the object as it is then. What cannot be read is an error with
//! its reason; nothing is skipped in silence except what is known to change no object.

mod azure;
mod changes;
mod gcs;
mod s3;
// The fuzz targets include this module without the clients of clouds.
#[cfg(not(fuzzing))]
mod sqs;

pub use changes::{changes, read_changes};
#[cfg(not(fuzzing))]
pub use sqs::{SqsConfig, SqsEvents};

use crate::source_name::Scheme;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// SNS in SQS in Lambda's batch is three; more is nonsense.
const MAX_ENVELOPES: u32 = 6;

/// Something happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    pub scheme: Scheme,
    /// Bucket or container.
    pub bucket: String,
    /// The object's full name in the bucket, decoded.
    pub object: String,
    pub kind: EventKind,
    /// As a listing gives it, without quotes; `None` where the event's is another or none.
    pub etag: Option<String>,
    pub size_bytes: Option<u64>,
    /// Orders the events of one object, greater is later, compared as text; `None` where none can be relied on.
    pub sequencer: Option<String>,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Made or replaced.
    Put,
    Removed,
    /// What is there now cannot be told from the event: a version was deleted, an archive restored.
    Changed,
}

/// Why a message, or one event of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EventError(String);

impl EventError {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

type Events = Vec<Result<ObjectEvent, EventError>>;

/// Reads a message. One entry for each event that may have changed an object; those that change none (tests, tags, access
/// lists, replication) are left out.
///
/// # Errors
/// When the message as a whole makes no sense; single events that make none stand in the list with their reason.
pub fn parse_events(message: &[u8]) -> Result<Events, EventError> {
    let message: Value = serde_json::from_slice(message)
        .map_err(|error| EventError::new(format!("the message is no JSON: {error}")))?;
    read(&message, 0)
}

/// Opens an envelope, or reads what is inside.
fn read(message: &Value, depth: u32) -> Result<Events, EventError> {
    if depth > MAX_ENVELOPES {
        return Err(EventError::new("the message is wrapped too many times"));
    }
    if let Some(batch) = message.as_array() {
        return each(batch, |message| read(message, depth + 1));
    }
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    if let Some(records) = message.get("Records").and_then(Value::as_array) {
        return each(records, |record| read_record(record, depth + 1));
    }
    if text("Event") == Some("s3:TestEvent") {
        return Ok(vec![]);
    }
    if let (Some("Notification"), Some(inner)) = (text("Type"), text("Message")) {
        return read_text(inner, depth + 1);
    }
    if text("source") == Some("aws.s3") {
        return Ok(one(s3::from_event_bridge(message)));
    }
    if let Some(kind) =
        text("eventType").or_else(|| text("type")).filter(|kind| kind.starts_with("Microsoft."))
    {
        return Ok(azure::from_event_grid(kind, message)?.into_iter().map(Ok).collect());
    }
    if let Some(received) = message.get("receivedMessages").and_then(Value::as_array) {
        return each(received, |message| read(message, depth + 1));
    }
    if let Some(inner) = message.get("message").filter(|inner| inner.is_object()) {
        return read(inner, depth + 1);
    }
    if let Some(attributes) = message.get("attributes").filter(|inner| inner.get("eventType").is_some()) {
        return Ok(one(gcs::from_attributes(attributes)));
    }
    let names: Vec<&str> = message.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    Err(EventError::new(format!(
        "the message is no event of S3, Azure Blob or Cloud Storage that is known here; it has the fields: {}",
        names.join(", ")
    )))
}

/// A record of S3's own, or one of SQS or SNS as Lambda and connectors hand them on.
fn read_record(record: &Value, depth: u32) -> Result<Events, EventError> {
    if record.get("s3").is_some() {
        return Ok(one(s3::from_record(record)));
    }
    if let Some(body) = record.get("body").and_then(Value::as_str) {
        return read_text(body, depth);
    }
    if let Some(message) = record.pointer("/Sns/Message").and_then(Value::as_str) {
        return read_text(message, depth);
    }
    Err(EventError::new("a record of the message has neither `s3` nor `body` nor `Sns`"))
}

fn read_text(text: &str, depth: u32) -> Result<Events, EventError> {
    let inner: Value = serde_json::from_str(text)
        .map_err(|error| EventError::new(format!("what the envelope holds is no JSON: {error}")))?;
    read(&inner, depth)
}

/// One that cannot be read does not take the others with it.
fn each(
    messages: &[Value],
    read: impl Fn(&Value) -> Result<Events, EventError>,
) -> Result<Events, EventError> {
    Ok(messages.iter().flat_map(|message| read(message).unwrap_or_else(|error| vec![Err(error)])).collect())
}

fn one(event: Result<Option<ObjectEvent>, EventError>) -> Events {
    event.transpose().into_iter().collect()
}

fn fields<T: DeserializeOwned>(message: &Value, what: &str) -> Result<T, EventError> {
    serde_json::from_value(message.clone())
        .map_err(|error| EventError::new(format!("{what} cannot be read: {error}")))
}

/// Milliseconds since 1970 of a time as RFC 3339 has it.
fn at_ms(text: &str) -> Result<i64, EventError> {
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| EventError::new(format!("`{text}` is no time as RFC 3339 has it: {error}")))?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000)
        .map_err(|_| EventError::new(format!("`{text}` is out of range")))
}

#[cfg(test)]
mod tests;
