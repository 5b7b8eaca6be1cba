//! gRPC codes as failures. Decided here once, by an exhaustive match.

use pagemill_pipeline::Failure;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// When the server does not say.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// What a status means for the flow. `key` is the setting that names the service.
pub fn failure(key: &str, status: &Status) -> Failure {
    let detail = format!("{key}: {} ({:?})", status.message(), status.code());
    match status.code() {
        // The service is away, full, slow, or went away in the middle; broken connections come as the last three.
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::Cancelled
        | Code::Internal
        | Code::Unknown => {
            let told = status.get_details_retry_info().and_then(|info| info.retry_delay);
            Failure::Retry { after: told.unwrap_or(DEFAULT_RETRY).min(LONGEST_RETRY), detail }
        }
        // Another version, another model, or a set-up that must be mended.
        Code::Ok
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::DataLoss
        | Code::Unauthenticated => Failure::Stop(detail),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn codes_decide() {
        let check = |status: Status, expected: Option<u64>| match (failure("x.url", &status), expected) {
            (Failure::Retry { after, detail }, Some(seconds)) => {
                assert_eq!(after.as_secs(), seconds, "{status}");
                assert!(detail.starts_with("x.url: "), "{detail}");
            }
            (Failure::Stop(detail), None) => assert!(detail.starts_with("x.url: "), "{detail}"),
            (other, _) => panic!("{status}: {other:?}"),
        };
        let told = |seconds| ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds)));
        check(Status::with_error_details(Code::ResourceExhausted, "busy", told(9)), Some(9));
        check(Status::with_error_details(Code::Unavailable, "busy", told(9999)), Some(300));
        check(Status::unavailable("gone"), Some(1));
        check(Status::internal("h2 protocol error"), Some(1));
        check(Status::failed_precondition("another model"), None);
        check(Status::invalid_argument("`texts`"), None);
        check(Status::unimplemented("old service"), None);
    }
}
