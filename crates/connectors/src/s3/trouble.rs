//! What went wrong with a request to S3, and what that means. In: the library's error. Out: one kind of trouble, and
//! from it what the flow shall do, with bucket, key and remedy in words. Never a secret: what was signed is not shown.

use super::client::{causes, retry_after};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::Failure;
use std::error::Error;
use std::time::Duration;

/// Where a server says nothing of how long it wants to be left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// A kind of trouble; the codes are those of <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NoSuchKey,
    NoSuchBucket,
    /// Whoever asks may not.
    Denied,
    /// Keys that are wrong, whatever is asked. versitygw has a code of its own for a user that is not there.
    WrongCredentials,
    /// Keys that were right; the library gets new ones.
    ExpiredCredentials,
    /// In an archive, not to be read before it is restored.
    Archived,
    /// Encrypted with a key that is not ours to use.
    Locked,
    /// The object is no longer the one that was asked for.
    Changed,
    /// The bucket is elsewhere; the region, if told.
    WrongRegion(Option<String>),
    /// Asked to slow down, or trouble of its own.
    Busy(Option<Duration>),
    /// No answer, or none that could be read.
    Unreachable,
    /// An answer of something that does not speak S3.
    NotS3,
    /// The request could not be made.
    Unmade,
    /// Refused for a reason that is not known here.
    Refused,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    kind: Kind,
    /// What the server or the library says, in one line.
    detail: String,
}

impl Trouble {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let kind = match error {
            SdkError::ConstructionFailure(_) => Kind::Unmade,
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Kind::Unreachable,
            SdkError::ResponseError(response) => answered(None, response.raw()),
            SdkError::ServiceError(service) => answered(service.err().code(), service.raw()),
            // The library keeps the right to add to these; a new one is met as silence is.
            _ => Kind::Unreachable,
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        let (code, message) = (error.code(), error.message());
        let detail = match (code, status) {
            (Some(code), _) => format!("{code}: {}", message.unwrap_or("nothing more is said")),
            (None, Some(status)) => format!("status {status}"),
            (None, None) => causes(error),
        };
        Self { kind, detail: detail.replace(['\r', '\n'], " ") }
    }

    pub(super) fn is_no_such_key(&self) -> bool {
        self.kind == Kind::NoSuchKey
    }

    /// What it means for one object of a bucket.
    pub(super) fn of_object(self, bucket: &str, key: &str) -> Failure {
        let detail = &self.detail;
        let object = format!("s3://{bucket}/{key}");
        match self.kind {
            Kind::Denied => unavailable(format!(
                "{object} may not be read ({detail}); allow s3:GetObject on it, then say `pagemill retry`"
            )),
            Kind::Archived => unavailable(format!(
                "{object} is in an archive ({detail}); restore it, then say `pagemill retry`"
            )),
            Kind::Locked => unavailable(format!(
                "{object} is encrypted with a key that may not be used ({detail}); allow kms:Decrypt, then say \
                 `pagemill retry`"
            )),
            Kind::NoSuchKey | Kind::Changed => {
                Failure::retry(format!("{object} changed while it was being read ({detail})"))
            }
            Kind::Refused => after(PAUSE, format!("{object} was refused ({detail})")),
            kind => Self { kind, detail: self.detail }.of_bucket(bucket),
        }
    }

    /// What it means for storing or removing an object.
    pub(super) fn of_writing(self, bucket: &str, object: &str) -> Failure {
        match self.kind {
            Kind::Denied => Failure::stop(format!(
                "s3://{bucket}/{object} may not be written ({}); allow s3:PutObject and s3:DeleteObject on it",
                self.detail
            )),
            kind => Self { kind, detail: self.detail }.of_bucket(bucket),
        }
    }

    /// What it means for a bucket as a whole.
    pub(super) fn of_bucket(self, bucket: &str) -> Failure {
        let detail = self.detail;
        match self.kind {
            Kind::NoSuchBucket => Failure::stop(format!(
                "there is no bucket `{bucket}` ({detail}); look at its name and at `s3.endpoint`"
            )),
            Kind::Denied => Failure::stop(format!(
                "the bucket `{bucket}` may not be listed ({detail}); allow s3:ListBucket on it"
            )),
            Kind::WrongCredentials => Failure::stop(format!(
                "the credentials for the bucket `{bucket}` are wrong ({detail}); correct them, and the machine's clock"
            )),
            Kind::WrongRegion(region) => Failure::stop(format!(
                "the bucket `{bucket}` is not in the configured region ({detail}); set `s3.region` to {}",
                region.as_deref().unwrap_or("where it is")
            )),
            Kind::NotS3 => Failure::stop(format!(
                "what answers for the bucket `{bucket}` does not speak S3 ({detail}); look at `s3.endpoint` and \
                 `s3.path_style`"
            )),
            Kind::Unmade => Failure::stop(format!("the bucket `{bucket}` cannot be asked: {detail}")),
            Kind::Archived | Kind::Locked | Kind::NoSuchKey | Kind::Refused => {
                Failure::stop(format!("the bucket `{bucket}` refuses: {detail}"))
            }
            Kind::ExpiredCredentials => {
                after(PAUSE, format!("the credentials for the bucket `{bucket}` have run out ({detail})"))
            }
            Kind::Changed => Failure::retry(format!("the bucket `{bucket}` changed meanwhile ({detail})")),
            Kind::Busy(pause) => {
                after(pause.unwrap_or(PAUSE), format!("S3 is busy with the bucket `{bucket}` ({detail})"))
            }
            Kind::Unreachable => {
                after(PAUSE, format!("S3 does not answer for the bucket `{bucket}` ({detail})"))
            }
        }
    }
}

fn unavailable(detail: String) -> Failure {
    Rejection { reason: RejectReason::Unavailable, detail }.into()
}

fn after(after: Duration, detail: String) -> Failure {
    Failure::Retry { after, detail }
}

/// Codes first: a status means several things.
fn answered(code: Option<&str>, response: &HttpResponse) -> Kind {
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name);
    match code {
        Some("NoSuchKey" | "NoSuchVersion") => Kind::NoSuchKey,
        Some("NoSuchBucket" | "InvalidBucketName") => Kind::NoSuchBucket,
        Some(
            "InvalidAccessKeyId"
            | "XAdminUserNotFound"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "InvalidSecurity"
            | "RequestTimeTooSkewed"
            | "NotSignedUp"
            | "AccountProblem"
            | "AllAccessDisabled",
        ) => Kind::WrongCredentials,
        Some("ExpiredToken" | "TokenRefreshRequired" | "ExpiredTokenException") => Kind::ExpiredCredentials,
        Some("InvalidObjectState") => Kind::Archived,
        Some(code) if code.starts_with("KMS.") => Kind::Locked,
        Some("PreconditionFailed" | "InvalidRange") => Kind::Changed,
        Some(
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "Redirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException"
            | "InvalidLocationConstraint",
        ) => Kind::WrongRegion(header("x-amz-bucket-region").map(str::to_owned)),
        Some("AccessDenied" | "AccessDeniedException") => Kind::Denied,
        Some(
            "SlowDown"
            | "ServiceUnavailable"
            | "InternalError"
            | "RequestTimeout"
            | "OperationAborted"
            | "TooManyRequests"
            | "Throttling"
            | "ThrottlingException",
        ) => Kind::Busy(retry_after(header("retry-after"))),
        _ => match status {
            301 | 307 => Kind::WrongRegion(header("x-amz-bucket-region").map(str::to_owned)),
            401 => Kind::WrongCredentials,
            403 => Kind::Denied,
            408 | 429 | 500..=599 => Kind::Busy(retry_after(header("retry-after"))),
            412 | 416 => Kind::Changed,
            // An answer with success that could not be read was cut short on its way.
            200..=299 => Kind::Unreachable,
            // S3 says what is missing; a bare 404 comes from something else, and must not count as a removal.
            _ if code.is_none() => Kind::NotS3,
            _ => Kind::Refused,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::GetObjectError;
    use aws_sdk_s3::primitives::SdkBody;

    fn trouble(status: u16, code: Option<&str>, headers: &[(&'static str, &'static str)]) -> Trouble {
        let mut response =
            HttpResponse::new(status.try_into().expect("a status"), SdkBody::from("what was sent back"));
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        let mut meta = ErrorMetadata::builder().message("said\nso");
        if let Some(code) = code {
            meta = meta.code(code);
        }
        Trouble::of(&SdkError::service_error(GetObjectError::generic(meta.build()), response))
    }

    #[test]
    fn one_document_is_set_aside_for_what_concerns_it_alone() {
        for (status, code, remedy) in [
            (403, "AccessDenied", "allow s3:GetObject"),
            (403, "InvalidObjectState", "restore it"),
            (400, "KMS.DisabledException", "allow kms:Decrypt"),
        ] {
            let failure = trouble(status, Some(code), &[]).of_object("b", "계약.pdf");
            let Failure::Reject(rejection) = failure else { panic!("{code}: {failure:?}") };
            assert_eq!(rejection.reason, RejectReason::Unavailable);
            let detail = rejection.detail;
            assert!(
                detail.contains(remedy) && detail.contains("s3://b/계약.pdf") && detail.contains(code),
                "{detail}"
            );
        }
    }

    #[test]
    fn a_wrong_set_up_stops() {
        for (status, code, headers, remedy) in [
            (404, Some("NoSuchBucket"), &[][..], "no bucket `b`"),
            (403, Some("InvalidAccessKeyId"), &[], "credentials"),
            (403, Some("SignatureDoesNotMatch"), &[], "credentials"),
            (
                301,
                Some("PermanentRedirect"),
                &[("x-amz-bucket-region", "eu-west-3")],
                "`s3.region` to eu-west-3",
            ),
            (404, None, &[], "does not speak S3"),
            (405, None, &[], "does not speak S3"),
        ] {
            let failure = trouble(status, code, headers).of_object("b", "k.pdf");
            let Failure::Stop(message) = failure else { panic!("{code:?}: {failure:?}") };
            assert!(message.contains(remedy), "{message}");
            assert_eq!(message.lines().count(), 1);
        }
        let Failure::Stop(message) = trouble(403, Some("AccessDenied"), &[]).of_bucket("b") else {
            panic!("a bucket that may not be listed is a wrong set-up")
        };
        assert!(message.contains("allow s3:ListBucket"), "{message}");
    }

    #[test]
    fn what_may_pass_is_tried_again_when_the_server_says() {
        for (status, code) in [
            (503, Some("SlowDown")),
            (503, None),
            (500, Some("InternalError")),
            (429, None),
            (400, Some("RequestTimeout")),
        ] {
            let failure = trouble(status, code, &[("retry-after", "17")]).of_bucket("b");
            let Failure::Retry { after, .. } = failure else { panic!("{code:?}: {failure:?}") };
            assert_eq!(after, Duration::from_secs(17));
        }
        for (status, code) in [(400, "ExpiredToken"), (412, "PreconditionFailed"), (400, "EntityTooSmall")] {
            let failure = trouble(status, Some(code), &[]).of_object("b", "k.pdf");
            assert!(matches!(failure, Failure::Retry { .. }), "{code}: {failure:?}");
        }
    }

    #[test]
    fn only_no_such_key_is_gone() {
        assert!(trouble(404, Some("NoSuchKey"), &[]).is_no_such_key());
        for (status, code) in
            [(404, None), (404, Some("NoSuchBucket")), (403, Some("AccessDenied")), (503, None)]
        {
            assert!(!trouble(status, code, &[]).is_no_such_key(), "{status} {code:?}");
        }
    }
}
