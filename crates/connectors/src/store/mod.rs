//! A bucket of Google Cloud Storage or a container of Azure Blob Storage as a source. In: a key. Out: a listing in key
//! order, a copy to read. Never holds an object in memory; what the library shows of a request holds no signature.

mod clients;

pub(crate) use clients::StoreClients;
pub use clients::{AzureConfig, GcsConfig};

use crate::s3::causes;
use crate::source_name::{SourceName, is_pdf, is_unambiguous};
use crate::spool::Spool;
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use pagemill_extract::{RejectReason, Rejection};
use pagemill_pipeline::{Failure, Fetched, ListedObject, Objects};
use std::sync::Arc;
use std::time::Duration;

/// The library has tried several times by then.
const PAUSE: Duration = Duration::from_secs(5);
/// Some answers are pages of XML.
const DETAIL_CHARS: usize = 300;

/// A bucket, or what lies below a prefix of it.
#[derive(Debug)]
pub(crate) struct StoreObjects {
    store: Arc<dyn ObjectStore>,
    name: SourceName,
    source: String,
    prefix: Path,
    spool: Arc<Spool>,
}

impl StoreObjects {
    /// # Errors
    /// `Stop` when the library cannot express the prefix.
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        name: SourceName,
        spool: Arc<Spool>,
    ) -> Result<Self, Failure> {
        let source = name.to_string();
        let prefix = Path::parse(name.prefix())
            .map_err(|error| Failure::stop(format!("the prefix of {source} cannot be used: {error}")))?;
        Ok(Self { store, source, name, prefix, spool })
    }

    fn path(&self, key: &str) -> Result<Path, Failure> {
        let path = is_unambiguous(key).then(|| Path::parse(self.name.object(key)));
        match path {
            Some(Ok(path)) if path.as_ref() == self.name.object(key) => Ok(path),
            _ => {
                let detail =
                    format!("`{key}` in {} has a part that is empty, `.` or `..`; rename it", self.source);
                Err(Rejection { reason: RejectReason::Unavailable, detail }.into())
            }
        }
    }

    fn listed(&self, meta: &ObjectMeta) -> Option<ListedObject> {
        let key = self.name.key_of(self.name.bucket(), meta.location.as_ref())?;
        is_pdf(key).then(|| described(key, meta))
    }

    /// What an error means for the place as a whole.
    fn of_source(&self, error: &Error) -> Failure {
        let (source, detail) = (&self.source, detail(error));
        match error {
            Error::NotFound { .. } => {
                Failure::stop(format!("{source} is not there ({detail}); look at the name of the bucket"))
            }
            Error::PermissionDenied { .. } => Failure::stop(format!(
                "{source} may not be used ({detail}); allow listing, reading and writing"
            )),
            Error::Unauthenticated { .. } => {
                Failure::stop(format!("the credentials for {source} are wrong ({detail}); correct them"))
            }
            Error::InvalidPath { .. } => Failure::stop(format!(
                "{source} holds an object whose name has an empty part, `.` or `..` ({detail}); rename it"
            )),
            Error::NotSupported { .. }
            | Error::NotImplemented { .. }
            | Error::UnknownConfigurationKey { .. } => {
                Failure::stop(format!("{source} cannot be used so: {detail}"))
            }
            Error::Precondition { .. } | Error::NotModified { .. } | Error::AlreadyExists { .. } => {
                Failure::retry(format!("{source} changed meanwhile ({detail})"))
            }
            // Generic is what the network and the server's own trouble come as; a kind that the library adds is met so too.
            _ => Failure::Retry { after: PAUSE, detail: format!("{source} does not answer ({detail})") },
        }
    }

    /// What an error means for one object.
    fn of_object(&self, key: &str, error: &Error) -> Failure {
        match error {
            Error::PermissionDenied { .. } => {
                let source = &self.source;
                let detail = format!(
                    "{source}/{key} may not be read ({}); allow it, then say `pagemill retry`",
                    detail(error)
                );
                Rejection { reason: RejectReason::Unavailable, detail }.into()
            }
            Error::NotFound { .. } => {
                Failure::retry(format!("{}/{key} changed while it was being read", self.source))
            }
            _ => self.of_source(error),
        }
    }

    /// The object is not there; whether the place is, a listing tells.
    async fn gone(&self) -> Result<Fetched, Failure> {
        match self.store.list(Some(&self.prefix)).next().await {
            None | Some(Ok(_) | Err(Error::InvalidPath { .. })) => Ok(Fetched::Gone),
            Some(Err(error)) => Err(self.of_source(&error)),
        }
    }
}

fn detail(error: &Error) -> String {
    causes(error).chars().take(DETAIL_CHARS).collect()
}

fn described(key: &str, meta: &ObjectMeta) -> ListedObject {
    let etag = meta.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
    ListedObject {
        key: key.to_owned(),
        size_bytes: meta.size,
        etag: etag.unwrap_or_else(|| format!("{}-{}", meta.size, meta.last_modified.timestamp())),
        // In whole seconds, which is all that the answer to a GET tells: a listing must say the same.
        modified_ms: meta.last_modified.timestamp() * 1000,
    }
}

#[async_trait]
impl Objects for StoreObjects {
    fn source(&self) -> &str {
        &self.source
    }

    fn list(&self, after: Option<&str>) -> BoxStream<'_, Result<ListedObject, Failure>> {
        // A text that the library cannot take for a path, or takes for a shorter one, only means that we are told too much.
        let offset = after.and_then(|after| Path::parse(self.name.object(after)).ok());
        let after = after.map(str::to_owned);
        let objects = match offset {
            None => self.store.list(Some(&self.prefix)),
            Some(offset) => self.store.list_with_offset(Some(&self.prefix), &offset),
        };
        let mut last = String::new();
        objects
            .map_err(|error| self.of_source(&error))
            .and_then(move |meta| {
                // Whoever goes on after a key relies on the order.
                let name = meta.location.as_ref();
                let in_order = *last < *name;
                let before = std::mem::replace(&mut last, name.to_owned());
                std::future::ready(if in_order {
                    Ok(meta)
                } else {
                    Err(Failure::stop(format!(
                        "{} is listed out of order: `{last}` comes after `{before}`; switch off the hierarchical namespace",
                        self.source
                    )))
                })
            })
            .try_filter_map(|meta| std::future::ready(Ok(self.listed(&meta))))
            .try_filter(move |object| std::future::ready(after.as_ref().is_none_or(|after| object.key > *after)))
            .boxed()
    }

    async fn fetch(&self, key: &str) -> Result<Fetched, Failure> {
        let answer = match self.store.get(&self.path(key)?).await {
            Ok(answer) => answer,
            Err(Error::NotFound { .. }) => return self.gone().await,
            Err(error) => return Err(self.of_object(key, &error)),
        };
        self.spool.check_size(answer.meta.size)?;
        let listed = described(key, &answer.meta);
        let mut copy = self.spool.begin().await?;
        // The library takes up a body that is cut short where it ended, of the same version.
        let mut body = answer.into_stream();
        while let Some(bytes) = body.try_next().await.map_err(|error| self.of_object(key, &error))? {
            self.spool.append(&mut copy, &bytes).await?;
        }
        if copy.bytes() != listed.size_bytes {
            return Err(Failure::retry(format!(
                "{}/{key} came incomplete: {} of {} bytes",
                self.source,
                copy.bytes(),
                listed.size_bytes
            )));
        }
        Ok(Fetched::Object(self.spool.finish(copy, listed).await?))
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        let path = self.path(key)?;
        self.store.put(&path, bytes.to_vec().into()).await.map_err(|error| self.of_source(&error))?;
        Ok(key.to_owned())
    }

    async fn remove(&self, key: &str) -> Result<(), Failure> {
        match self.store.delete(&self.path(key)?).await {
            Ok(()) => Ok(()),
            Err(Error::NotFound { .. }) => self.gone().await.map(|_| ()),
            Err(error) => Err(self.of_source(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::parse_source;
    use object_store::memory::InMemory;

    fn objects(name: &str, store: &Arc<InMemory>, folder: &tempfile::TempDir) -> StoreObjects {
        let spool = Spool::open(folder.path(), 4).expect("a spool");
        StoreObjects::new(store.clone(), parse_source(name).expect("a name"), Arc::new(spool)).expect("opens")
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Arc::new(Spool::open(folder.path(), 1 << 20).expect("a spool"));
        let name = parse_source("gs://b/in put").expect("a name");
        let objects = StoreObjects::new(Arc::new(InMemory::new()), name, spool).expect("opens");
        pagemill_pipeline::contract::objects(&objects).await;
    }

    #[tokio::test]
    async fn holds_what_lies_below_its_prefix() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().expect("a folder"));
        objects("gs://b", &store, &folder).put("invoices/1.pdf", b"%PDF").await.expect("put");
        let below = objects("gs://b/in", &store, &folder);
        assert!(below.list(None).try_collect::<Vec<_>>().await.expect("listed").is_empty());
        let Ok(Fetched::Gone) = below.fetch("voices/1.pdf").await else {
            panic!("it is no key of this source")
        };
    }

    #[tokio::test]
    async fn a_large_object_is_rejected_and_a_name_that_is_none_too() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().expect("a folder"));
        let objects = objects("az://c/x", &store, &folder);
        objects.put("a.pdf", b"%PDF-").await.expect("put");
        let Err(Failure::Reject(rejection)) = objects.fetch("a.pdf").await else {
            panic!("five of four bytes")
        };
        assert_eq!(rejection.reason, RejectReason::TooLarge);
        for key in ["../a.pdf", "x//a.pdf", "", "x/./a.pdf"] {
            assert!(matches!(objects.fetch(key).await, Err(Failure::Reject(_))), "{key}");
        }
    }

    #[test]
    fn errors_are_decided_by_what_they_are() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().expect("a folder"));
        let objects = objects("az://c/x", &store, &folder);
        let path = || "x/a.pdf".to_owned();
        let source = || -> Box<dyn std::error::Error + Send + Sync> { "said so".into() };
        let denied = Error::PermissionDenied { path: path(), source: source() };
        assert!(
            matches!(objects.of_object("a.pdf", &denied), Failure::Reject(r) if r.detail.contains("az://c/x/a.pdf"))
        );
        assert!(matches!(objects.of_source(&denied), Failure::Stop(_)));
        let missing = Error::NotFound { path: path(), source: source() };
        assert!(matches!(objects.of_source(&missing), Failure::Stop(m) if m.contains("az://c/x")));
        let wrong = Error::Unauthenticated { path: path(), source: source() };
        assert!(matches!(objects.of_object("a.pdf", &wrong), Failure::Stop(m) if m.contains("credentials")));
        let busy = Error::Generic { store: "Azure", source: source() };
        assert!(
            matches!(objects.of_object("a.pdf", &busy), Failure::Retry { detail, .. } if detail.contains("said so"))
        );
    }
}
