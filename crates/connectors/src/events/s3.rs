//! Events of S3 and of what speaks it. In: one record, or an EventBridge event. Out: what happened, or nothing where no
//! object changed. The shapes and rules are those of
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>.

use super::{EventError, EventKind, ObjectEvent, at_ms, fields};
use crate::source_name::Scheme;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

/// Longer than any sequencer seen; they have 16 to 18 digits.
const SEQUENCER_DIGITS: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    event_time: String,
    #[serde(default)]
    event_source: String,
    s3: S3Part,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Part {
    #[serde(default)]
    configuration_id: String,
    bucket: Bucket,
    object: RecordObject,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordObject {
    key: String,
    size: Option<u64>,
    e_tag: Option<String>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

/// Who wrote a record, which decides how it is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Aws,
    /// Names itself as the event's source. Its sequencer is the clock of one of its nodes, not in step with the others.
    Minio,
    /// Tells of every bucket by one of four configurations of its own (`kafka-global`, `nats-global`, `webhook-global`,
    /// `rabbitmq-global`). Keys are not encoded; its sequencer counts from 1 at each start.
    Versitygw,
}

impl Sender {
    fn of(record: &Record) -> Self {
        match () {
            () if record.event_source == "minio:s3" => Self::Minio,
            () if record.s3.configuration_id.ends_with("-global") => Self::Versitygw,
            () => Self::Aws,
        }
    }
}

pub(super) fn from_record(record: &Value) -> Result<Option<ObjectEvent>, EventError> {
    let record: Record = fields(record, "the record of S3")?;
    let sender = Sender::of(&record);
    let object = record.s3.object;
    let Some(kind) = kind(&record.event_name, is_version(object.version_id.as_deref()))? else {
        return Ok(None);
    };
    Ok(Some(ObjectEvent {
        scheme: Scheme::S3,
        bucket: record.s3.bucket.name,
        object: if sender == Sender::Versitygw { object.key } else { form_decoded(&object.key)? },
        etag: etag(object.e_tag.as_deref(), kind),
        size_bytes: object.size,
        sequencer: match sender {
            Sender::Aws => object.sequencer.as_deref().map(sequencer).transpose()?,
            // An order that cannot be relied on would lose events; without one each makes us look, which costs little.
            Sender::Minio | Sender::Versitygw => None,
        },
        at_ms: at_ms(&record.event_time)?,
        kind,
    }))
}

/// What an event's name means; `None` where no object's bytes changed. With or without `s3:` before it.
fn kind(name: &str, of_a_version: bool) -> Result<Option<EventKind>, EventError> {
    let name = name.strip_prefix("s3:").unwrap_or(name);
    let (family, action) = name.split_once(':').unwrap_or((name, ""));
    Ok(match (family, action) {
        ("ObjectCreated", _) => Some(EventKind::Put),
        // Deleting one version may bring an older one to light, or be the end of a delete marker.
        // versitygw calls those that were deleted in one request DeleteObjects.
        ("ObjectRemoved" | "LifecycleExpiration", "Delete" | "DeleteObjects") if of_a_version => {
            Some(EventKind::Changed)
        }
        ("ObjectRemoved" | "LifecycleExpiration", "Delete" | "DeleteObjects" | "DeleteMarkerCreated") => {
            Some(EventKind::Removed)
        }
        // MinIO: all versions at once, and a request that found nothing to delete.
        ("ObjectRemoved" | "LifecycleDelMarkerExpiration", "DeleteAllVersions" | "Delete") => {
            Some(EventKind::Changed)
        }
        ("ObjectRemoved", "NoOP") => None,
        ("ObjectRestore", "Completed") => Some(EventKind::Changed),
        // Asked for, and ended: the object itself is as it was.
        ("ObjectRestore", "Post" | "Delete") => None,
        ("ReducedRedundancyLostObject", _) => Some(EventKind::Changed),
        (
            "ObjectAcl"
            | "ObjectTagging"
            | "ObjectAccessed"
            | "ObjectTransition"
            | "LifecycleTransition"
            | "IntelligentTiering"
            | "Replication"
            | "Scanner"
            | "ILM"
            | "ObjectAnnotation"
            | "TestEvent"
            | "BucketCreated"
            | "BucketRemoved",
            _,
        ) => None,
        _ => return Err(EventError::new(format!("`{name}` is no event of S3 that is known here"))),
    })
}

fn is_version(id: Option<&str>) -> bool {
    id.is_some_and(|id| !id.is_empty() && id != "null")
}

fn etag(etag: Option<&str>, kind: EventKind) -> Option<String> {
    let etag = etag.filter(|etag| kind == EventKind::Put && !etag.is_empty())?;
    Some(etag.trim_matches('"').to_owned())
}

/// Keys come as form data: `red flower.pdf` as `red+flower.pdf`.
fn form_decoded(key: &str) -> Result<String, EventError> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(|text| text.into_owned())
        .map_err(|_| EventError::new(format!("the key `{key}` is not UTF-8; rename the object")))
}

/// S3 has sequencers compared as text after padding the shorter one with zeros on its right: done here once, so that they
/// compare as they are. Zeros on the left, which come through SNS and SQS and not through EventBridge, say nothing: the
/// first digits are the time.
fn sequencer(digits: &str) -> Result<String, EventError> {
    let is_hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || digits.len() > SEQUENCER_DIGITS {
        return Err(EventError::new(format!("the sequencer `{digits}` is no hexadecimal number")));
    }
    let digits = digits.trim_start_matches('0').to_ascii_uppercase();
    Ok(format!("{digits:0<SEQUENCER_DIGITS$}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BridgeEvent {
    detail_type: String,
    time: String,
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Detail {
    bucket: Bucket,
    object: BridgeObject,
    deletion_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BridgeObject {
    key: String,
    size: Option<u64>,
    etag: Option<String>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

/// Through EventBridge keys are not encoded.
pub(super) fn from_event_bridge(event: &Value) -> Result<Option<ObjectEvent>, EventError> {
    let event: BridgeEvent = fields(event, "the event of EventBridge")?;
    let object = event.detail.object;
    let marker = event.detail.deletion_type.as_deref() == Some("Delete Marker Created");
    let kind = match event.detail_type.as_str() {
        "Object Created" => EventKind::Put,
        "Object Deleted" if is_version(object.version_id.as_deref()) && !marker => EventKind::Changed,
        "Object Deleted" => EventKind::Removed,
        "Object Restore Completed" => EventKind::Changed,
        "Object Restore Initiated"
        | "Object Restore Expired"
        | "Object Storage Class Changed"
        | "Object Access Tier Changed"
        | "Object ACL Updated"
        | "Object Tags Added"
        | "Object Tags Deleted" => {
            return Ok(None);
        }
        other => return Err(EventError::new(format!("`{other}` is no event of S3 that is known here"))),
    };
    Ok(Some(ObjectEvent {
        scheme: Scheme::S3,
        bucket: event.detail.bucket.name,
        etag: etag(object.etag.as_deref(), kind),
        object: object.key,
        size_bytes: object.size,
        sequencer: object.sequencer.as_deref().map(sequencer).transpose()?,
        at_ms: at_ms(&event.time)?,
        kind,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequencers_compare_as_text() {
        let order = |a: &str, b: &str| sequencer(a).expect("hex").cmp(&sequencer(b).expect("hex"));
        use std::cmp::Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            ("0055AED6DCD90281E5", "0055AED6DCD90281E6", Less),
            ("0055AED6DCD90281E5", "0055AED6DCD90281E", Greater),
            ("0055AED6DCD90281E0", "0055AED6DCD90281E", Equal),
            ("00617F08299329D189", "617f08299329d189", Equal),
            ("617f08299329d189", "00617F08299329D18A", Less),
        ] {
            assert_eq!(order(a, b), expected, "{a} {b}");
        }
        for wrong in ["", "xyz", "12 34", &"1".repeat(33)] {
            assert!(sequencer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_known_or_an_error() {
        use EventKind::{Changed, Put, Removed};
        for (name, of_a_version, expected) in [
            ("ObjectCreated:Put", true, Some(Put)),
            ("s3:ObjectCreated:CompleteMultipartUpload", false, Some(Put)),
            ("ObjectCreated:Copy", false, Some(Put)),
            ("ObjectRemoved:Delete", false, Some(Removed)),
            ("ObjectRemoved:Delete", true, Some(Changed)),
            ("s3:ObjectRemoved:DeleteMarkerCreated", true, Some(Removed)),
            ("s3:ObjectRemoved:DeleteObjects", false, Some(Removed)),
            ("LifecycleExpiration:Delete", false, Some(Removed)),
            ("s3:LifecycleExpiration:DeleteMarkerCreated", true, Some(Removed)),
            ("ObjectRestore:Completed", false, Some(Changed)),
            ("ObjectRestore:Post", false, None),
            ("s3:ObjectAccessed:Get", false, None),
            ("ObjectTagging:Put", false, None),
            ("s3:Replication:OperationReplicatedAfterThreshold", false, None),
        ] {
            assert_eq!(kind(name, of_a_version), Ok(expected), "{name} {of_a_version}");
        }
        assert!(kind("ObjectRemoved:Vanished", false).is_err());
        assert!(kind("", false).is_err());
    }
}
