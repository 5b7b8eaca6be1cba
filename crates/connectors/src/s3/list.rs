//! Listing a bucket, page by page. In: the key to go on after. Out: PDFs in the order of their keys' bytes, one page in
//! memory at a time, however many there are. A page that cannot be had ends the listing with an error.

use super::{S3Objects, Trouble, bare_etag, modified_ms};
use crate::source_name::{is_pdf, is_unambiguous};
use aws_sdk_s3::config::Config;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use pagemill_pipeline::{Failure, ListedObject};
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// A listing of millions of keys takes thousands of requests, and one that is cut off is begun again: so more patience
/// than with a single object.
const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Where a listing stands.
struct Position {
    /// The full name that came last.
    last: Option<String>,
    token: Option<String>,
    ended: bool,
}

impl S3Objects {
    pub(super) fn list_pages(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        let last = after.map(|after| self.name.object(after));
        let start = Position { last, token: None, ended: false };
        stream::try_unfold(start, |position| self.page(position))
            .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn page(&self, at: Position) -> Result<Option<(Vec<ListedObject>, Position)>, Failure> {
        if at.ended {
            return Ok(None);
        }
        let patience = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE);
        let request = self
            .client
            .list_objects_v2()
            .bucket(self.bucket())
            .encoding_type(EncodingType::Url)
            .set_prefix(Some(self.name.object_prefix()).filter(|prefix| !prefix.is_empty()));
        let request = match &at.token {
            Some(token) => request.continuation_token(token),
            None => request.set_start_after(at.last.clone()),
        };
        let answer = request
            .customize()
            .config_override(Config::builder().retry_config(patience))
            .send()
            .await
            .map_err(|error| Trouble::of(&error).of_bucket(self.bucket()))?;
        let (page, last) = self.read_page(&answer, at.last)?;
        let token = answer.next_continuation_token().map(str::to_owned);
        let more = answer.is_truncated().unwrap_or(false);
        if more && (token.is_none() || token == at.token) {
            return Err(Failure::stop(format!(
                "the listing of {} says that there is more and not where; look at the server behind `s3.endpoint`",
                self.source
            )));
        }
        Ok(Some((page, Position { last, token, ended: !more })))
    }

    /// The PDFs of a page, and the last name on it.
    fn read_page(
        &self,
        answer: &ListObjectsV2Output,
        mut last: Option<String>,
    ) -> Result<(Vec<ListedObject>, Option<String>), Failure> {
        // Servers that do not know of encodings send names as they are, and do not say that they encoded them.
        let encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let mut page = Vec::with_capacity(answer.contents().len());
        for object in answer.contents() {
            let Some(name) =
                object.key().and_then(|key| if encoded { decoded(key) } else { Some(key.to_owned()) })
            else {
                tracing::warn!(source = %self.source, key = ?object.key(), "left out: its name is not UTF-8; rename it");
                continue;
            };
            // Whoever goes on after a key relies on the order.
            if last.as_ref().is_some_and(|last| *last >= name) {
                return Err(Failure::stop(format!(
                    "{} is listed out of order: `{name}` comes after `{}`; a source must be listed by the bytes of its keys",
                    self.source,
                    last.unwrap_or_default()
                )));
            }
            page.extend(self.listed(&name, object));
            last = Some(name);
        }
        Ok((page, last))
    }

    fn listed(&self, name: &str, object: &Object) -> Option<ListedObject> {
        let key = self.name.key_of(self.bucket(), name).filter(|key| is_pdf(key))?;
        if !is_unambiguous(key) {
            tracing::warn!(source = %self.source, key, "left out: `.` or `..` is a part of its name; rename it");
            return None;
        }
        Some(ListedObject {
            key: key.to_owned(),
            size_bytes: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: bare_etag(object.e_tag().unwrap_or_default()).to_owned(),
            modified_ms: modified_ms(object.last_modified()),
        })
    }
}

/// As form data: a space is `+`. `None` when it is not UTF-8.
fn decoded(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_as_form_data() {
        for (sent, meant) in [
            ("a/b.pdf", Some("a/b.pdf")),
            ("red+flower.pdf", Some("red flower.pdf")),
            ("1%2B1%3D2.pdf", Some("1+1=2.pdf")),
            ("100%25.pdf", Some("100%.pdf")),
            ("%EA%B3%84%EC%95%BD.pdf", Some("계약.pdf")),
            ("%FF.pdf", None),
        ] {
            assert_eq!(decoded(sent).as_deref(), meant, "{sent}");
        }
    }
}
