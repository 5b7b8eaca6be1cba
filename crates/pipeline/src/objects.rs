//! The seam to where the PDFs lie: a folder, a bucket. In: a key. Out: a listing, or a file to read.

use crate::Failure;
use async_trait::async_trait;
use futures::stream::BoxStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place that holds PDFs.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The place as one string, such as `file:///data/contracts` or `s3://bucket/prefix`. Part of every document id.
    fn source(&self) -> &str;

    /// Every PDF in the place whose key comes after `after`, ordered by the bytes of the keys, streamed. An error ends
    /// the stream: what was not listed is then unknown, not gone.
    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>>;

    /// Brings an object, as it is now, to where a confined process can read it. An object that is not there is an
    /// answer, not an error: its document leaves the index.
    async fn fetch(&self, key: &str) -> Result<Fetched, Failure>;

    /// Stores bytes under `key`, replacing what is there. All or nothing. Returns the key as it will be listed.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<String, Failure>;

    /// Removes the object; one that is not there is not an error.
    async fn remove(&self, key: &str) -> Result<(), Failure>;
}

/// Opens a place by the name that [`Objects::source`] gives.
#[async_trait]
pub trait Sources: Send + Sync {
    async fn open(&self, source: &str) -> Result<Arc<dyn Objects>, Failure>;
}

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Name within the source, `/` between folders.
    pub key: String,
    pub size_bytes: u64,
    /// Changes whenever the bytes may have changed (modification time, ETag, version id).
    pub etag: String,
    /// Milliseconds since 1970, as the source dates it: a version that is restored may have an older one.
    pub modified_ms: i64,
}

/// What fetching came to.
#[derive(Debug)]
pub enum Fetched {
    Object(SpooledObject),
    /// The source answers, and has no such object.
    Gone,
}

/// An object as a local file, removed when dropped if it was a copy.
#[derive(Debug)]
pub struct SpooledObject {
    path: PathBuf,
    listed: ListedObject,
    copy: bool,
}

impl SpooledObject {
    /// A file that stands where it is and stays, with what a listing would say of it.
    pub fn in_place(path: PathBuf, listed: ListedObject) -> Self {
        Self { path, listed, copy: false }
    }

    /// A private copy, removed on drop, with what a listing would say of the object that was copied.
    pub fn copy(path: PathBuf, listed: ListedObject) -> Self {
        Self { path, listed, copy: true }
    }

    /// Key, size, etag and time of the very version that was fetched.
    pub fn listed(&self) -> &ListedObject {
        &self.listed
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn size_bytes(&self) -> u64 {
        self.listed.size_bytes
    }
}

impl Drop for SpooledObject {
    fn drop(&mut self) {
        if self.copy
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a spooled copy could not be removed");
        }
    }
}
