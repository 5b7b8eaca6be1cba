//! A bucket of S3, or of what speaks S3, as a source. In: a key. Out: a listing in key order, a copy to read. Only current
//! versions count; an object behind a delete marker is gone. Never holds an object in memory.

mod client;
mod config;
mod fetch;
mod list;
mod trouble;

pub(crate) use client::{S3Clients, aws, causes};
pub(crate) use config::check_endpoint;
pub use config::{S3Bucket, S3Config};

use crate::source_name::{SourceName, is_unambiguous};
use crate::spool::Spool;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use futures::stream::BoxStream;
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::{Failure, Fetched, ListedObject, Objects};
use std::sync::Arc;
use trouble::Trouble;

/// A bucket, or what lies below a prefix of it.
#[derive(Debug)]
pub(crate) struct S3Objects {
    client: Client,
    name: SourceName,
    source: String,
    spool: Arc<Spool>,
}

impl S3Objects {
    pub(crate) fn new(client: Client, name: SourceName, spool: Arc<Spool>) -> Self {
        Self { client, source: name.to_string(), name, spool }
    }

    fn bucket(&self) -> &str {
        self.name.bucket()
    }

    /// The object's full name in the bucket.
    fn object(&self, key: &str) -> Result<String, Failure> {
        if is_unambiguous(key) {
            return Ok(self.name.object(key));
        }
        let detail = format!("`{key}` in {} has `.` or `..` as a part of its name; rename it", self.source);
        Err(Rejection { reason: RejectReason::Unavailable, detail }.into())
    }
}

#[async_trait]
impl Objects for S3Objects {
    fn source(&self) -> &str {
        &self.source
    }

    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        self.list_pages(after)
    }

    async fn fetch(&self, key: &str) -> Result<Fetched, Failure> {
        self.download(key).await
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        let object = self.object(key)?;
        let request = self.client.put_object().bucket(self.bucket()).key(&object);
        let body = ByteStream::from(bytes.to_vec());
        let sent = request.content_type("application/pdf").body(body).send().await;
        match sent {
            Ok(_) => Ok(key.to_owned()),
            Err(error) => Err(Trouble::of(&error).of_writing(self.bucket(), &object)),
        }
    }

    async fn remove(&self, key: &str) -> Result<(), Failure> {
        let object = self.object(key)?;
        match self.client.delete_object().bucket(self.bucket()).key(&object).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let trouble = Trouble::of(&error);
                // S3 does not mind; some that speak it do.
                if trouble.is_no_such_key() {
                    Ok(())
                } else {
                    Err(trouble.of_writing(self.bucket(), &object))
                }
            }
        }
    }
}

/// Listings, answers and events put the ETag in quotes or not.
fn bare_etag(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// In whole seconds, which is all that the answer to a GET tells: a listing must say the same.
fn modified_ms(at: Option<&DateTime>) -> i64 {
    at.map_or(0, |at| at.secs() * 1000)
}
