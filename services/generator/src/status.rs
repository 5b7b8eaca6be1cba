//! Failures as gRPC codes, and deadlines as gRPC writes them. Decided here once; the client reads codes, not words.

use crate::line::Full;
use pagemill_pipeline::Failure;
use std::time::Duration;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The code of a failure, with when to come again where that helps.
pub fn of(failure: Failure) -> Status {
    match failure {
        Failure::Retry { after, detail } => with_retry(Code::Unavailable, detail, after),
        Failure::Reject(rejection) => Status::invalid_argument(rejection.to_string()),
        Failure::Stop(detail) => Status::failed_precondition(detail),
    }
}

/// Enough wait already.
pub fn exhausted(full: Full) -> Status {
    let detail = "the model is busy and enough requests wait (server.max_waiting)";
    with_retry(Code::ResourceExhausted, detail, full.retry_after)
}

fn with_retry(code: Code, detail: impl Into<String>, after: Duration) -> Status {
    Status::with_error_details(code, detail, ErrorDetails::with_retry_info(Some(after)))
}

pub fn deadline_exceeded() -> Status {
    Status::deadline_exceeded("the caller's deadline passed before the answer was whole")
}

/// How long the caller waits: the `grpc-timeout` of its request, by the gRPC over HTTP/2 protocol, "Timeout".
pub fn deadline(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u32 = if number.len() <= 8 { number.parse().ok()? } else { return None };
    let unit = match unit {
        "H" => Duration::from_secs(3600),
        "M" => Duration::from_secs(60),
        "S" => Duration::from_secs(1),
        "m" => Duration::from_millis(1),
        "u" => Duration::from_micros(1),
        "n" => Duration::from_nanos(1),
        _ => return None,
    };
    Some(unit * number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read_as_grpc_writes_them() {
        let check = |text: &str, expected: Option<Duration>| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            assert_eq!(deadline(&metadata), expected, "{text}");
        };
        check("300S", Some(Duration::from_secs(300)));
        check("2H", Some(Duration::from_secs(7200)));
        check("1500m", Some(Duration::from_millis(1500)));
        check("99999999n", Some(Duration::from_nanos(99_999_999)));
        for nonsense in ["", "S", "300", "-1S", "123456789S", "1D"] {
            check(nonsense, None);
        }
        assert_eq!(deadline(&MetadataMap::new()), None);
    }

    #[test]
    fn a_failure_says_when_to_come_again() {
        let status = of(Failure::Retry { after: Duration::from_secs(7), detail: "busy".into() });
        assert_eq!(status.code(), Code::Unavailable);
        let told = status.get_details_retry_info().unwrap().retry_delay;
        assert_eq!(told, Some(Duration::from_secs(7)));
        assert_eq!(of(Failure::stop("no memory")).code(), Code::FailedPrecondition);
    }
}
