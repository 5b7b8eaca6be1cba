//! What can go wrong between us and a node, and what to do about each: wait and send again, send less, try later, set
//! the document aside, or stop. In: statuses, codes and ends of tasks. Out: a verdict. Decided here and nowhere else.

use meilisearch_sdk::errors::Error;
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::Failure;
use std::time::Duration;

/// Error codes of the server that we tell apart, by what follows from them. The names are the server's own:
/// <https://www.meilisearch.com/docs/reference/errors/error_codes>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    TooManySearchRequests,
    /// Also what a full task queue answers.
    NoSpaceLeftOnDevice,
    DatabaseSizeLimitReached,
    IoError,
    TooManyOpenFiles,
    Internal,
    PayloadTooLarge,
    MalformedPayload,
    InvalidDocumentId,
    InvalidDocumentFields,
    MaxFieldsLimitExceeded,
    InvalidVectorDimensions,
    InvalidVectorsType,
    VectorEmbeddingError,
    IndexNotFound,
    IndexAlreadyExists,
    InvalidApiKey,
    MissingAuthorizationHeader,
    /// Whatever else: a request that this version of the server does not take.
    Other(String),
}

impl Code {
    pub fn named(name: &str) -> Self {
        match name {
            "too_many_search_requests" => Self::TooManySearchRequests,
            "no_space_left_on_device" => Self::NoSpaceLeftOnDevice,
            "database_size_limit_reached" => Self::DatabaseSizeLimitReached,
            "io_error" => Self::IoError,
            "too_many_open_files" => Self::TooManyOpenFiles,
            "internal" => Self::Internal,
            "payload_too_large" => Self::PayloadTooLarge,
            "malformed_payload" => Self::MalformedPayload,
            "invalid_document_id" | "missing_document_id" => Self::InvalidDocumentId,
            "invalid_document_fields" => Self::InvalidDocumentFields,
            "max_fields_limit_exceeded" => Self::MaxFieldsLimitExceeded,
            "invalid_vector_dimensions" => Self::InvalidVectorDimensions,
            "invalid_vectors_type" => Self::InvalidVectorsType,
            "vector_embedding_error" => Self::VectorEmbeddingError,
            "index_not_found" => Self::IndexNotFound,
            "index_already_exists" => Self::IndexAlreadyExists,
            "invalid_api_key" => Self::InvalidApiKey,
            "missing_authorization_header" | "missing_master_key" => Self::MissingAuthorizationHeader,
            other => Self::Other(other.to_owned()),
        }
    }

    fn verdict(&self) -> Verdict {
        match self {
            Self::TooManySearchRequests | Self::NoSpaceLeftOnDevice => Verdict::Wait(None),
            Self::DatabaseSizeLimitReached | Self::IoError | Self::TooManyOpenFiles | Self::Internal => {
                Verdict::Retry
            }
            Self::PayloadTooLarge => Verdict::Smaller,
            // Bytes were lost on the way: what we send is whole.
            Self::MalformedPayload => Verdict::Retry,
            Self::InvalidDocumentId | Self::InvalidDocumentFields | Self::MaxFieldsLimitExceeded => {
                Verdict::Reject
            }
            // Vectors are checked before they are sent: the node's embedder is not the one that we set up.
            Self::InvalidVectorDimensions | Self::InvalidVectorsType | Self::VectorEmbeddingError => {
                Verdict::Stop
            }
            Self::IndexNotFound
            | Self::IndexAlreadyExists
            | Self::InvalidApiKey
            | Self::MissingAuthorizationHeader
            | Self::Other(_) => Verdict::Stop,
        }
    }
}

/// A call to a node, or a task on it, that came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("does not answer: {0}")]
    Unreachable(String),
    #[error("refused with status {status}: {message}")]
    Refused { status: u16, code: Code, message: String, retry_after: Option<Duration> },
    #[error("gave an answer that cannot be read: {0}")]
    Unreadable(String),
    #[error("accepted task {uid}, which failed: {message}")]
    TaskFailed { uid: u64, code: Code, message: String },
    #[error("accepted task {uid}, which somebody canceled")]
    TaskCanceled { uid: u64 },
    #[error("accepted task {uid} and no longer knows of it")]
    TaskVanished { uid: u64 },
    #[error("accepted task {uid}, which was not done after {} s{}", waited.as_secs(), reason(last))]
    TaskOverdue { uid: u64, waited: Duration, last: Option<String> },
}

fn reason(last: &Option<String>) -> String {
    last.as_ref().map(|last| format!("; when asked last the node {last}")).unwrap_or_default()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The node is busy or away: send the same again, after this long if it said so.
    Wait(Option<Duration>),
    /// Send less at once.
    Smaller,
    Retry,
    Reject,
    Stop,
}

/// Before a document is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Trouble {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Unreachable(_) => Verdict::Wait(None),
            // A proxy before the node answers without a code; the status alone tells.
            Self::Refused { status: 408 | 429 | 502 | 503 | 504, retry_after, .. } => {
                Verdict::Wait(*retry_after)
            }
            Self::Refused { status: 413, .. } => Verdict::Smaller,
            Self::Refused { status: 401 | 403, .. } => Verdict::Stop,
            Self::Refused { status, code: Code::Other(_), .. } if *status >= 500 => Verdict::Retry,
            Self::Refused { code, .. } => code.verdict(),
            Self::Unreadable(_) => Verdict::Retry,
            Self::TaskFailed { code, .. } => match code.verdict() {
                // The task is over: the same payload again would be a new task.
                Verdict::Wait(_) | Verdict::Smaller => Verdict::Retry,
                other => other,
            },
            Self::TaskCanceled { .. } | Self::TaskVanished { .. } | Self::TaskOverdue { .. } => {
                Verdict::Retry
            }
        }
    }

    /// What the flow is told, with the node named.
    pub fn at(self, node: &str) -> Failure {
        let detail = format!("search index: {node} {self}");
        match self.verdict() {
            Verdict::Wait(after) => Failure::Retry { after: after.unwrap_or(RETRY_AFTER), detail },
            Verdict::Retry => Failure::Retry { after: RETRY_AFTER, detail },
            Verdict::Smaller => Failure::Reject(Rejection::new(RejectReason::TooLarge, detail)),
            Verdict::Reject => Failure::Reject(Rejection::new(RejectReason::Unreadable, detail)),
            Verdict::Stop => Failure::stop(detail),
        }
    }
}

impl From<Error> for Trouble {
    /// Our own client below the SDK hides what it found in `Other`; everything else was born in the SDK.
    fn from(error: Error) -> Self {
        match error {
            Error::Other(other) => match other.downcast::<Trouble>() {
                Ok(trouble) => *trouble,
                Err(other) => Self::Unreadable(other.to_string()),
            },
            other => Self::Unreadable(other.to_string()),
        }
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        Self::Other(Box::new(trouble))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, code: &str, expected: Verdict) {
        let refused =
            Trouble::Refused { status, code: Code::named(code), message: String::new(), retry_after: None };
        assert_eq!(refused.verdict(), expected, "{status} {code}");
    }

    #[test]
    fn what_a_refusal_means() {
        check(503, "too_many_search_requests", Verdict::Wait(None));
        check(429, "", Verdict::Wait(None));
        check(502, "", Verdict::Wait(None));
        check(422, "no_space_left_on_device", Verdict::Wait(None));
        check(413, "payload_too_large", Verdict::Smaller);
        check(413, "", Verdict::Smaller);
        check(400, "malformed_payload", Verdict::Retry);
        check(500, "internal", Verdict::Retry);
        check(500, "something_new", Verdict::Retry);
        check(400, "invalid_document_id", Verdict::Reject);
        check(400, "something_new", Verdict::Stop);
        check(403, "invalid_api_key", Verdict::Stop);
        check(401, "", Verdict::Stop);
        check(404, "index_not_found", Verdict::Stop);
    }

    #[test]
    fn what_the_end_of_a_task_means() {
        let failed = |code: &str| {
            Trouble::TaskFailed { uid: 1, code: Code::named(code), message: "m".into() }.verdict()
        };
        assert_eq!(failed("vector_embedding_error"), Verdict::Stop);
        assert_eq!(failed("invalid_vector_dimensions"), Verdict::Stop);
        assert_eq!(failed("invalid_document_id"), Verdict::Reject);
        assert_eq!(failed("no_space_left_on_device"), Verdict::Retry);
        assert_eq!(Trouble::TaskCanceled { uid: 1 }.verdict(), Verdict::Retry);
    }

    #[test]
    fn a_refusal_passes_through_the_sdk_unharmed() {
        let after = Some(Duration::from_secs(10));
        let refused = Trouble::Refused {
            status: 503,
            code: Code::named(""),
            message: "busy".into(),
            retry_after: after,
        };
        let failure = Trouble::from(Error::from(refused)).at("http://a");
        let Failure::Retry { after: wait, detail } = failure else { panic!("{failure:?}") };
        assert_eq!(Some(wait), after);
        assert_eq!(detail, "search index: http://a refused with status 503: busy");
    }
}
