//! Downloading an object into a private file. In: a key. Out: the copy, with size, etag and time of the very version that
//! was read. A body that is cut short is taken up where it ended, of the same version; one that was replaced meanwhile is
//! begun anew by whoever tries again. Never mixes two versions.

use super::{S3Objects, Trouble, bare_etag, causes, modified_ms};
use crate::spool::SpoolFile;
use aws_sdk_s3::config::{Config, ResponseChecksumValidation};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use pagemill_pipeline::{Failure, Fetched, ListedObject};

/// Times that a body is taken up again; each must have brought something.
const MAX_RESUMES: u32 = 5;

/// How pouring a body into a file ended.
enum Poured {
    Whole,
    CutShort(String),
}

impl S3Objects {
    pub(super) async fn download(&self, key: &str) -> Result<Fetched, Failure> {
        let object = self.object(key)?;
        let asked = self.client.get_object().bucket(self.bucket()).key(&object).send().await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(error) => {
                let trouble = Trouble::of(&error);
                if trouble.is_no_such_key() {
                    return Ok(Fetched::Gone);
                }
                return Err(trouble.of_object(self.bucket(), &object));
            }
        };
        let size_bytes = answer.content_length().and_then(|bytes| u64::try_from(bytes).ok());
        self.spool.check_size(size_bytes.unwrap_or(0))?;
        let version = Version::of(&answer);
        let mut copy = self.spool.begin().await?;
        let mut body = answer.body;
        for resumes in 0.. {
            let before = copy.bytes();
            let detail = match self.pour(body, &mut copy, size_bytes).await? {
                Poured::Whole => break,
                Poured::CutShort(detail) => detail,
            };
            let got = copy.bytes();
            let rest = size_bytes.is_none_or(|size| got < size);
            if !rest || got == before || resumes == MAX_RESUMES || version.etag.is_none() {
                return Err(Failure::retry(format!(
                    "s3://{}/{object} came incomplete: {detail}",
                    self.bucket()
                )));
            }
            tracing::debug!(object, got, detail, "cut short; going on");
            body = self.rest(&object, &version, got).await?;
        }
        let listed = ListedObject {
            key: key.to_owned(),
            size_bytes: copy.bytes(),
            etag: bare_etag(version.etag.as_deref().unwrap_or_default()).to_owned(),
            modified_ms: version.modified_ms,
        };
        Ok(Fetched::Object(self.spool.finish(copy, listed).await?))
    }

    async fn pour(
        &self,
        mut body: ByteStream,
        copy: &mut SpoolFile,
        size_bytes: Option<u64>,
    ) -> Result<Poured, Failure> {
        loop {
            match body.next().await {
                Some(Ok(bytes)) => self.spool.append(copy, &bytes).await?,
                Some(Err(error)) => return Ok(Poured::CutShort(causes(&error))),
                None => break,
            }
        }
        match size_bytes {
            Some(size) if copy.bytes() != size => {
                Ok(Poured::CutShort(format!("{} of {size} bytes came", copy.bytes())))
            }
            _ => Ok(Poured::Whole),
        }
    }

    /// What follows the first `got` bytes of the same version.
    async fn rest(&self, object: &str, version: &Version, got: u64) -> Result<ByteStream, Failure> {
        let request = self
            .client
            .get_object()
            .bucket(self.bucket())
            .key(object)
            .range(format!("bytes={got}-"))
            .set_if_match(version.etag.clone())
            .set_version_id(version.id.clone());
        // The checksum of the whole says nothing about a part.
        let unchecked =
            Config::builder().response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let answer = request
            .customize()
            .config_override(unchecked)
            .send()
            .await
            .map_err(|error| Trouble::of(&error).of_object(self.bucket(), object))?;
        let from_there =
            answer.content_range().is_some_and(|range| range.starts_with(&format!("bytes {got}-")));
        if !from_there || answer.e_tag() != version.etag.as_deref() {
            return Err(Failure::retry(format!(
                "s3://{}/{object} was cut short, and the rest of it is not to be had",
                self.bucket()
            )));
        }
        Ok(answer.body)
    }
}

/// Which version an answer is of.
struct Version {
    /// As sent, in quotes.
    etag: Option<String>,
    /// Where versions are kept.
    id: Option<String>,
    modified_ms: i64,
}

impl Version {
    fn of(answer: &GetObjectOutput) -> Self {
        Self {
            etag: answer.e_tag().map(str::to_owned),
            id: answer.version_id().filter(|id| *id != "null").map(str::to_owned),
            modified_ms: modified_ms(answer.last_modified()),
        }
    }
}
